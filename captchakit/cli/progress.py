"""A progress bar on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from captchakit.learning.examples import Preparing
from captchakit.learning.trained import Progress

MANY = 2000
"""The number of images whose preparing is told of where there is no terminal."""


class Shown:
    """Shows a training's progress, with the time left; on something that is no terminal, one line in ten."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.fields[unit]} {task.completed}/{task.total}"),
            BarColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("preparing images", total=None, unit="image")
        self._tenth = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def preparing(self, preparing: Preparing) -> None:
        """Show how many images are prepared."""
        told = f"preparing images, {_time(preparing.left)} left"
        self._bar.update(self._task, completed=preparing.done, total=preparing.images, description=told, unit="image")
        tenth = 10 * preparing.done // preparing.images
        if not self._console.is_terminal and preparing.images >= MANY and tenth != self._tenth:
            self._console.print(f"captchakit: image {preparing.done}/{preparing.images}: {told}", highlight=False)
        self._tenth = tenth

    def __call__(self, progress: Progress) -> None:
        """Show where the training stands."""
        validated = "" if progress.exact is None else f"exact match {progress.exact:.3f} (best {progress.best:.3f}), "
        told = f"loss {progress.loss:.3f}, {validated}{_time(progress.left)} left"
        self._bar.update(self._task, completed=progress.done, total=progress.passes, description=told, unit="pass")
        if not self._console.is_terminal and (progress.done % 10 == 0 or progress.done in (1, progress.passes)):
            self._console.print(f"captchakit: pass {progress.done}/{progress.passes}: {told}", highlight=False)


def _time(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
