"""The pool, single flight, and batches."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from captchakit import Pipeline
from captchakit.errors import ImageError
from captchakit.reading.library import Library
from captchakit.reading.pipeline import Ask
from captchakit.serving import answers as answering
from captchakit.serving.answers import Answers
from captchakit.serving.app import create_app
from captchakit.serving.asking import Asked
from captchakit.serving.counting import Counts
from captchakit.serving.errors import BusyError
from captchakit.serving.limiting import MANY, Pressure
from captchakit.serving.models import Models
from captchakit.serving.pool import Pool
from captchakit.serving.store.store import Store
from captchakit.settings import Settings


def test_what_waits_is_taken_in_batches() -> None:
    """A lone wish goes at once, those that came meanwhile go together, and each gets its own outcome."""
    batches: list[list[int]] = []
    going, begun = Event(), Event()

    def work(wishes: Sequence[int]) -> list[int | Exception]:
        batches.append(list(wishes))
        begun.set()
        going.wait(5)
        return [ValueError(str(w)) if w == 3 else 10 * w for w in wishes]

    async def ask() -> list[object]:
        pool: Pool[int, int] = Pool(work, threads=1, room=100, size=4, window=0.0)
        first = pool.submit(0)
        await asyncio.to_thread(begun.wait, 5)
        others = [pool.submit(k) for k in range(1, 7)]
        going.set()
        told = await asyncio.gather(first, *others, return_exceptions=True)
        pool.close()
        return list(told)

    told = asyncio.run(ask())
    assert batches == [[0], [1, 2, 3, 4], [5, 6]]
    assert [t for t in told if not isinstance(t, Exception)] == [0, 10, 20, 40, 50, 60]
    assert [str(t) for t in told if isinstance(t, ValueError)] == ["3"]


def test_a_full_queue_refuses_at_once_and_a_failing_batch_ends_no_thread() -> None:
    """`BusyError` while as many wait as may, and work again when they are done, whatever became of them."""
    going = Event()

    def work(wishes: Sequence[int]) -> list[int | Exception]:
        going.wait(5)
        raise RuntimeError(f"{len(wishes)} wishes")

    async def ask() -> None:
        pool: Pool[int, int] = Pool(work, threads=1, room=2, size=1, window=0.0)
        taken = [pool.submit(0)]
        while pool.waiting:
            await asyncio.sleep(0.001)
        taken += [pool.submit(1), pool.submit(2)]
        with pytest.raises(BusyError, match="2 images are waiting"):
            pool.submit(3)
        going.set()
        told = await asyncio.gather(*taken, return_exceptions=True)
        assert [type(t) for t in told] == [RuntimeError] * 3
        assert pool.alive
        pool.close()
        with pytest.raises(BusyError):
            pool.submit(4)

    asyncio.run(ask())


def test_who_would_wait_too_long_is_refused_at_once() -> None:
    """The queue is as long as its wishes take: slow ones make it short, and what is accepted is done in time."""

    def work(wishes: Sequence[int]) -> list[int | Exception]:
        time.sleep(0.05 * len(wishes))
        return list(wishes)

    async def ask() -> float:
        pool: Pool[int, int] = Pool(work, threads=1, room=1000, size=1, window=0.0, patience=0.2)
        for number in range(20):  # it learns how long one takes
            await pool.submit(number)
        started, accepted = time.monotonic(), []
        with pytest.raises(BusyError):
            accepted += [pool.submit(number) for number in range(100)]
        while pool.waiting:
            await asyncio.sleep(0.01)
        lasted = time.monotonic() - started
        pool.close()
        return lasted

    assert asyncio.run(ask()) < 1.0


@pytest.mark.parametrize(("threads", "size", "most"), [(1, 8, 3), (1, 2, 2), (2, 8, 6)])
def test_while_ever_more_come_three_wait_for_each_thread(threads: int, size: int, most: int) -> None:
    """Pressed, the queue is short, and no longer than a batch; else a whole batch may always wait."""
    going = Event()

    def work(wishes: Sequence[int]) -> list[int]:
        going.wait(5)
        return list(wishes)

    async def ask() -> None:
        pool: Pool[int, int] = Pool(work, threads=threads, room=100, size=size, window=0.0, patience=0.0)
        taken = []
        for number in range(threads):
            taken.append(pool.submit(number))
            while pool.waiting:
                await asyncio.sleep(0.001)
        told = []
        for number in range(size):
            told.append(pool.refusal(pressed=True) is not None)
            taken.append(pool.submit(number))
        assert told == [number >= most for number in range(size)]
        assert pool.refusal(most - 1, pressed=True) is not None
        going.set()
        await asyncio.gather(*taken)
        assert pool.refusal(most - 1, pressed=True) is None
        assert pool.refusal(most, pressed=True) == f"{most} images are waiting already"
        pool.close()

    asyncio.run(ask())


def test_while_more_come_than_can_be_read_few_wait() -> None:
    """After many refusals who comes is refused before the application knows, with those on their way; not for long."""
    waiting, now = 0, 0.0

    class Queue:
        def refusal(self, before: int = 0, *, pressed: bool = False) -> str | None:
            return "full" if waiting + before >= (2 if pressed else 5) else None

    answers = SimpleNamespace(pool=Queue(), turned_away=lambda: None)
    pressure = Pressure(answers, clock=lambda: now)  # type: ignore[arg-type]

    async def come(number: int) -> list[str | None]:
        told = []
        for _ in range(number):
            told.append(pressure.refusal_at_once())
            if told[-1] is None:
                pressure.enter(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return told

    assert asyncio.run(come(9)) == [None] * 9
    waiting = 5
    for _ in range(MANY - 1):
        assert pressure.refusal() == "full"
    waiting = 4
    assert asyncio.run(come(4)) == [None] * 4  # a burst
    waiting = 5
    assert pressure.refusal() == "full"
    waiting = 0
    assert asyncio.run(come(4)) == [None, None, "full", "full"]
    assert asyncio.run(come(1)) == [None]
    waiting, now = 3, 10.0
    assert asyncio.run(come(3)) == [None] * 3
    assert pressure.refusal() is None


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The sizes of the batches that any model has read."""
    sizes: list[int] = []
    read = answering.read

    def counted(wishes: Sequence[answering.Wish]) -> object:
        sizes.append(len(wishes))
        return read(wishes)

    monkeypatch.setattr(answering, "read", counted)
    yield sizes
    gc.collect()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of its own."""
    made = Store(Settings(data=tmp_path))
    yield made
    made.close()


@pytest.fixture
def models(models_folder: Path) -> Models:
    """The models of the tests."""
    return Models(Library([models_folder]), "general")


def test_a_thousand_who_ask_at_once_cause_one_reading(
    reads: list[int], models: Models, store: Store, fresh: Callable[..., bytes]
) -> None:
    """One image and one wish: it is read once and makes one row; another wish or model is another answer."""
    image = fresh()

    async def ask() -> None:
        answers = Answers(Settings(queue=4), Counts(), store, threads=2)
        told = await asyncio.gather(*(answers.solve(image, models.current, Asked()) for _ in range(1000)))
        assert {t.text for t in told} == {"ABT"}
        assert sum(not t.cached for t in told) == 1
        assert (await answers.solve(image, models.current, Asked(alphabet="ABT"))).cached is False
        assert (await answers.solve(image, models.named("letters-cuts"), Asked())).cached is False
        answers.pool.close()

    asyncio.run(ask())
    assert sum(reads) == 3
    assert len(store.results.page(10, None)) == 3


def test_another_worker_finds_the_stored_answer(
    reads: list[int], models: Models, store: Store, fresh: Callable[..., bytes]
) -> None:
    """What one process answered, another one answers without its model, and says so."""
    image = fresh("TAB")

    async def ask() -> None:
        for cached in (False, True):
            answers = Answers(Settings(), Counts(), store, threads=1)
            told = await answers.solve(image, models.current, Asked())
            assert (told.text, told.cached) == ("TAB", cached)
            answers.pool.close()

    asyncio.run(ask())
    assert sum(reads) == 1


def test_answers_are_given_while_the_store_fails(models: Models, store: Store, fresh: Callable[..., bytes]) -> None:
    """Without its tables the service still reads images, and counts what it could not keep."""
    with store.database.writing() as connection:
        connection.execute(text("DROP TABLE results"))
    counts = Counts()

    async def ask() -> None:
        answers = Answers(Settings(), counts, store, threads=1)
        assert (await answers.solve(fresh(), models.current, Asked())).text == "ABT"
        answers.pool.close()

    asyncio.run(ask())
    assert b"captchakit_store_failures_total 2.0" in counts.text()


def test_a_bad_image_in_a_batch_harms_no_other(pipeline: Pipeline, fresh: Callable[..., bytes]) -> None:
    """Images that are read together have their own answers, constraints and errors."""
    good, other = fresh("TAB"), fresh("BAT")
    constrained = Ask(good, Asked(alphabet="T").constraint())
    impossible = Ask(good, Asked(alphabet="0").constraint())
    told = pipeline.solve_each([Ask(good), Ask(b"no image"), constrained, impossible, Ask(other)])
    assert isinstance(told[1], ImageError)
    assert "no label" in str(told[3])
    assert [getattr(t, "text", None) for t in told] == ["TAB", None, "TTT", None, "BAT"]
    assert pipeline.solve_each([]) == []


def test_who_leaves_does_not_take_the_answer_along(models: Models, store: Store, fresh: Callable[..., bytes]) -> None:
    """The first of several who ask for one image may be cancelled: the others get the answer."""
    image = fresh()

    async def ask() -> None:
        answers = Answers(Settings(), Counts(), store, threads=1)
        first = asyncio.create_task(answers.solve(image, models.current, Asked()))
        second = asyncio.create_task(answers.solve(image, models.current, Asked()))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).text == "ABT"
        answers.pool.close()

    asyncio.run(ask())


def test_a_full_queue_is_told_before_the_body_is_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with when to come again and the request's id, for what reads images alone; nothing is asked of the client."""
    app = create_app(settings)
    monkeypatch.setattr(Pool, "refusal", lambda *_, **__: "7 images are waiting already")

    async def ask(path: str) -> dict[str, Any]:
        told: dict[str, Any] = {}

        async def receive() -> Any:
            raise AssertionError("the body was read")

        async def send(message: Any) -> None:
            told.update(message)

        scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
        await app({**scope, "headers": [], "client": None}, receive, send)  # type: ignore[typeddict-item, arg-type]
        return told

    for path in ("/solve", "/forward", "/classify", "/explain"):
        told = asyncio.run(ask(path))
        headers, problem = dict(told["headers"]), json.loads(told["body"])
        assert (told["status"], headers[b"retry-after"]) == (503, b"1")
        assert problem["detail"] == "7 images are waiting already"
        assert headers[b"x-request-id"].decode() == problem["request_id"]
    assert b"captchakit_turned_away_total 4.0" in app.state.service.counts.text()
    assert asyncio.run(ask("/nowhere"))["status"] == 404
    app.state.service.close()
