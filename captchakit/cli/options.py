"""Arguments that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from captchakit.reading.library import Library
from captchakit.settings import Settings
from captchakit.types import ANYTHING, Constraint

Model = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME|PATH", help="A model by name, or the path of its file.")
]
Alphabet = Annotated[
    str | None, typer.Option(metavar="CHARACTERS", help="The characters that an answer may have, such as 0123456789.")
]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")]


def library() -> Library:
    """Return the models of the environment's folders and the shipped ones."""
    return Library(Settings.from_environment().models)


def constraint(alphabet: str | None) -> Constraint:
    """Return what `--alphabet` allows."""
    return ANYTHING if alphabet is None else Constraint(frozenset(alphabet))


def columns(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows of as many cells each, in columns."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
