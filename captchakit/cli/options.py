"""Arguments that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from captchakit.errors import OptionError
from captchakit.reading.library import Library
from captchakit.settings import Settings
from captchakit.types import CASES, Constraint

Model = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME|PATH", help="A model by name, or the path of its file.")
]
Alphabet = Annotated[
    str | None, typer.Option(metavar="CHARACTERS", help="The characters that an answer may have, such as 0123456789.")
]
Length = Annotated[str | None, typer.Option(metavar="N|A-B", help="How many characters an answer has.")]
Pattern = Annotated[
    str | None, typer.Option(metavar="REGEX", help="What the whole answer must match, such as '[A-Z]{2}[0-9]{4}'.")
]
Case = Annotated[
    str | None,
    typer.Option(metavar="CASE", help="lower, upper or ignore: count a as A, and write so or as the alphabet does."),
]
Evaluate = Annotated[bool, typer.Option("--evaluate", help="Read sums, and answer their results: 9x6= is 54.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")]


def library() -> Library:
    """Return the models of the environment's folders and the shipped ones."""
    return Library(Settings.from_environment().models)


def constraint(alphabet: str | None, length: str | None, pattern: str | None, case: str | None) -> Constraint:
    """Return what `--alphabet`, `--length`, `--pattern` and `--case` allow; raises `OptionError`."""
    if case is not None and case not in CASES:
        raise OptionError(f"--case is {', '.join(CASES)}, not {case!r}")
    for name, given in (("--alphabet", alphabet), ("--pattern", pattern)):
        if given == "":
            raise OptionError(f"{name} is empty, which would allow no answer")
    return Constraint(
        None if alphabet is None else frozenset(alphabet),
        length=None if length is None else _lengths(length),
        pattern=pattern,
        case=case,
    )


def _lengths(given: str) -> tuple[int, int]:
    least, dash, most = given.partition("-")
    try:
        bounds = int(least), int(most if dash else least)
    except ValueError:
        bounds = (0, 0)
    if not 1 <= bounds[0] <= bounds[1]:
        raise OptionError(f"--length is a number as 5, or two as 4-6, not {given!r}")
    return bounds


def columns(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows of as many cells each, in columns."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
