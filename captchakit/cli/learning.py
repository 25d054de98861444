"""What `captchakit train` does; imported only then, since learning is slow to load."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from captchakit.cli import options
from captchakit.cli.progress import Shown
from captchakit.errors import OptionError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.learning.doctor import oddities
from captchakit.learning.fitting import fit
from captchakit.learning.labels import limited
from captchakit.learning.restricting import restricted
from captchakit.learning.tracking import configured, track, trackers
from captchakit.learning.trained import Progress, Trained
from captchakit.learning.tuning import tune
from captchakit.registry import Step
from captchakit.types import ANYTHING, Constraint

CLASSIFIER = "cnn"
"""What learns from nothing where nobody says what is to."""

Learn = Callable[[Callable[[Progress], None]], tuple[bytes, Trained]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command; `how` holds those for learning from nothing, as far as they were given."""

    dataset: str
    output: Path
    start: str | None
    how: Mapping[str, Any]
    labels: int | None
    unlabelled: Path | None
    resume: bool
    seed: int
    minutes: float | None
    experiment: str
    constraint: Constraint = ANYTHING
    answer: str = ""


def learned(asked: Asked, runs: Path, mlflow: str) -> tuple[bytes, Trained]:
    """Learn as asked, keep the run, write the model, and return both."""
    _check(asked)
    data = restricted(datasets.load(asked.dataset), asked.constraint)
    data = replace(data, answer=asked.answer or data.answer)
    if asked.labels is not None:
        data = limited(data, asked.labels, asked.seed)
    for oddity in oddities(data):
        print(f"captchakit: {data.name}: {oddity}", file=sys.stderr)
    how = asked.how if asked.start else configured(data, asked.how.get("classifier", CLASSIFIER), asked.how)
    told = {"from": asked.start, "labels": asked.labels, "minutes": asked.minutes, **how}
    name = asked.output.stem
    with Shown() as shown, _killed_as_interrupted():
        learn = _from_nothing(asked, data, shown) if asked.start is None else _from_model(asked, data, asked.start)
        model, trained = track(
            data, learn, tracker=trackers(runs, mlflow), name=name, seed=asked.seed, asked=told, report=shown
        )
    _tell_of_more(data, trained)
    try:
        asked.output.write_bytes(model)
    except OSError as error:
        raise OptionError(f"{asked.output}: {error.strerror or error}") from None
    if trained.history and trained.history[-1].done == trained.history[-1].passes:
        _checkpoint(asked).unlink(missing_ok=True)
    return model, trained


def _tell_of_more(data: Dataset, trained: Trained) -> None:
    """Say which characters the model reads that the labels do not show and nobody stated."""
    if more := sorted(set(trained.codec.alphabet) - set(data.alphabet)):
        told = f"the labels are too few to show all characters, so these are read too: {''.join(more)}"
        print(f"captchakit: {data.name}: {told}; --alphabet or dataset.toml says which there are", file=sys.stderr)


def _check(asked: Asked) -> None:
    if asked.start is not None and asked.how:
        raise OptionError(f"--from goes on with the parts of its model: leave out {', '.join(asked.how)}")
    if asked.start is None and asked.unlabelled is not None:
        raise OptionError("--unlabelled belongs to --from")


def _checkpoint(asked: Asked) -> Path:
    return asked.output.with_suffix(".checkpoint")


def _from_nothing(asked: Asked, data: Dataset, shown: Shown) -> Learn:
    how = dict(asked.how)
    classifier, names = how.pop("classifier", CLASSIFIER), how.pop("filters", None)
    steps = None if names is None else [Step(name, {}) for name in names]
    common: dict[str, Any] = {
        "name": asked.output.stem,
        "seed": asked.seed,
        "minutes": asked.minutes,
        "checkpoint": _checkpoint(asked),
        "resume": asked.resume,
        "experiment": asked.experiment,
        "preparing": shown.preparing,
    }
    return lambda report: fit(data, classifier, filters=steps, report=report, **common, **how)


def _from_model(asked: Asked, data: Dataset, start: str) -> Learn:
    path = options.library().path(start)
    return lambda report: tune(
        data,
        path,
        name=asked.output.stem,
        seed=asked.seed,
        minutes=asked.minutes,
        unlabelled=asked.unlabelled,
        checkpoint=_checkpoint(asked),
        resume=asked.resume,
        experiment=asked.experiment,
        report=report,
    )


@contextmanager
def _killed_as_interrupted() -> Iterator[None]:
    """Take a kill for an interrupt, so that what was learned so far is exported."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
