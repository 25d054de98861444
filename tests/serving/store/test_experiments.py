"""Datasets, experiments and deployments in the store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from captchakit.serving.store.datasets import Row
from captchakit.serving.store.experiments import FAILED, FINISHED, LOST, LOST_SECONDS, QUEUED, RUNNING
from captchakit.serving.store.store import Store
from captchakit.settings import Settings

ABOUT = {"task": "text", "alphabet": ["A"], "min_length": 1, "max_length": 1, "case_sensitive": True}


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        """Return it."""
        return self.time


@pytest.fixture
def clock() -> Clock:
    """The store's time."""
    return Clock()


@pytest.fixture
def store(settings: Settings, clock: Clock) -> Iterator[Store]:
    """A store whose time is the clock's."""
    made = Store(settings)
    made.database.now = clock
    yield made
    made.close()


def row(number: int, label: str = "A") -> Row:
    return Row(f"{number:064d}", f"00/{number:064d}.png", 10, label, "train", "g")


def test_a_version_is_all_rows_up_to_it(store: Store) -> None:
    """Versions count up, hold what those before hold, and have a digest of their own that is the same tomorrow."""
    first = store.datasets.add("d", ABOUT, [row(1), row(2)], 0)
    second = store.datasets.add("d", {**ABOUT, "alphabet": ["A", "B"]}, [row(3, "B")], 1)
    assert first is not None
    assert second is not None
    assert (first.number, first.images, second.number, second.images, second.added) == (1, 2, 2, 3, 1)
    assert store.datasets.rows("d", 1) == [row(1), row(2)]
    assert store.datasets.rows("d", 2)[2] == row(3, "B")
    assert first.digest != second.digest
    assert store.datasets.version("d", 1) == first
    assert store.datasets.version("d") == second
    assert store.datasets.version("e") is None
    other = store.datasets.add("e", ABOUT, [row(1), row(2)], 0)
    assert other is not None
    assert other.digest == first.digest
    assert [v.dataset for v in store.datasets.versions()] == ["e", "d", "d"]


def test_who_adds_to_what_has_changed_meanwhile_adds_nothing(store: Store) -> None:
    """Of several who start from one version one gets through, and no row of the others stays."""

    def add(number: int) -> bool:
        return store.datasets.add("d", ABOUT, [row(10 * number + k) for k in range(5)], 0) is not None

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(add, range(6))) == 1
    assert store.datasets.count("d") == 5


def test_a_failed_addition_leaves_nothing(store: Store) -> None:
    """Rows that the database refuses take the whole version along."""
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.datasets.add("d", ABOUT, [row(1), row(1)], 0)
    assert (store.datasets.version("d"), store.datasets.count("d")) == (None, 0)


def test_an_experiment_goes_its_way(store: Store, clock: Clock) -> None:
    """Queued, running with progress, finished with metrics; what is over stays as it ended."""
    number = store.experiments.queue("n", "d", 1, {"seed": 1}, 1)
    assert number is not None
    found = store.experiments.get(number)
    assert found is not None
    assert (found.state, found.started, found.attempts, found.parameters) == (QUEUED, None, 0, {"seed": 1})
    clock.time = 1010.0
    assert store.experiments.begin(number) == 1
    store.experiments.progress(number, [{"done": 1}, {"done": 2}])
    clock.time = 1020.0
    store.experiments.finish(number, {"exact_match": 0.5}, "f" * 64, "experiment-1.onnx")
    store.experiments.fail(number, "too late")
    assert store.experiments.begin(number) == 0
    found = store.experiments.get(number)
    assert found is not None
    assert (found.state, found.started, found.finished, found.error) == (FINISHED, 1010.0, 1020.0, None)
    assert (found.metrics, len(found.progress), found.model_path) == ({"exact_match": 0.5}, 2, "experiment-1.onnx")


def test_only_so_many_are_under_way(store: Store, clock: Clock) -> None:
    """Of many who ask at once one is taken; the next one when it is over, or lost."""
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: store.experiments.queue("n", "d", 1, {}, 1), range(8)))
    (number,) = [n for n in numbers if n is not None]
    store.experiments.begin(number)
    assert store.experiments.queue("n", "d", 1, {}, 1) is None
    clock.time += LOST_SECONDS + 1
    lost = store.experiments.get(number)
    assert lost is not None
    assert lost.state == LOST
    second = store.experiments.queue("n", "d", 1, {}, 1)
    assert second is not None
    assert [e.id for e in store.experiments.waiting()] == [number, second]
    assert store.experiments.begin(number, 1) == 2
    assert store.experiments.begin(number, 0) == 0
    store.experiments.release(number)
    assert [e.id for e in store.experiments.waiting()] == [number, second]
    assert store.experiments.begin(number, 2) == 3
    again = store.experiments.get(number)
    assert again is not None
    assert (again.state, again.attempts) == (RUNNING, 3)
    store.experiments.fail(number, "why")
    assert [e.state for e in store.experiments.page(10)] == [QUEUED, FAILED]
    assert [e.id for e in store.experiments.page(10, state=FAILED)] == [number]
    assert [e.id for e in store.experiments.page(10, before=second)] == [number]


def test_going_back_leads_through_what_was_deployed(store: Store) -> None:
    """Each step back leads to what was current before, at last to the configured model, and no further."""
    one, two = (store.experiments.queue(n, "d", 1, {}, 9) for n in "ab")
    assert one is not None
    assert two is not None
    assert (store.deployments.current(), store.deployments.newest(), store.deployments.back()) == (None, 0, None)
    store.deployments.add(one, forced=False)
    store.deployments.add(two, forced=True)
    assert [d.experiment for d in store.deployments.page(9)] == [two, one]
    back = [store.deployments.back() for _ in range(3)]
    assert [b.experiment if b else "end" for b in back] == [one, None, "end"]
    store.deployments.add(two, forced=False)
    forth = store.deployments.back()
    assert forth is not None
    assert forth.experiment is None
    assert store.deployments.newest() == forth.id
