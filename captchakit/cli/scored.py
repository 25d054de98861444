"""Warnings for who scores images that a model may have learned, or that cannot be read."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import typer

from captchakit.learning.dataset import Dataset
from captchakit.learning.doctor import leaks


def tell_leaks(data: Dataset, split: str, limit: int | None = None) -> None:
    """Tell on standard error how many images of the split are in another one too; raises `DatasetError`."""
    for leak in leaks(data, data.split(split)[:limit]):
        print(f"captchakit: {data.name}: {leak}", file=sys.stderr)


def end_unreadable(told: Iterable[str]) -> None:
    """Tell on standard error which images counted as wrong because they cannot be read, and end in 1 if any."""
    lines = list(dict.fromkeys(told))
    for line in lines:
        print(f"captchakit: {line} (counted as wrong)", file=sys.stderr)
    if lines:
        raise typer.Exit(1)
