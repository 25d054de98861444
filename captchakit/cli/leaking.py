"""A warning for who scores images that a model may have learned."""

from __future__ import annotations

import sys

from captchakit.learning.dataset import Dataset
from captchakit.learning.doctor import leaks


def tell_leaks(data: Dataset, split: str, limit: int | None = None) -> None:
    """Tell on standard error how many images of the split are in another one too; raises `DatasetError`."""
    for leak in leaks(data, data.split(split)[:limit]):
        print(f"captchakit: {data.name}: {leak}", file=sys.stderr)
