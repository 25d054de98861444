"""A progress bar on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from captchakit.learning.trained import Progress


class Shown:
    """Shows a training's progress, with the time left; on something that is no terminal, one line in ten."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("pass {task.completed}/{task.total}"),
            BarColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("preparing images", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show where the training stands."""
        left = f"{progress.left / 60:.0f} min" if progress.left >= 90 else f"{progress.left:.0f} s"
        exact = f"exact match {progress.exact:.3f} (best {progress.best:.3f}), " if progress.exact >= 0 else ""
        told = f"loss {progress.loss:.3f}, {exact}{left} left"
        self._bar.update(self._task, completed=progress.done, total=progress.passes, description=told)
        if not self._console.is_terminal and (progress.done % 10 == 0 or progress.done in (1, progress.passes)):
            self._console.print(f"captchakit: pass {progress.done}/{progress.passes}: {told}", highlight=False)
