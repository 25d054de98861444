"""A solver that says the same of every image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from captchakit.reading.image import decode
from captchakit.types import ANYTHING, Constraint, Solution


@dataclass(frozen=True, slots=True)
class Parrot:
    """Says `text`, whatever it is shown, as long as it is an image."""

    text: str = "ABT"
    name: str = "parrot"

    def solve(self, data: bytes, constraint: Constraint = ANYTHING) -> Solution:
        """Look at the image and say the text."""
        del constraint
        decode(data)
        return Solution(self.text, 0.0, model=self.name)

    def solve_batch(self, batch: Sequence[bytes], constraint: Constraint = ANYTHING) -> list[Solution]:
        """Say the text for each."""
        return [self.solve(data, constraint) for data in batch]
