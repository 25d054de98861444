"""Other people's recognisers as solvers."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from captchakit.errors import PluginError
from captchakit.measuring.rivals.spoken import CtcRival
from captchakit.registry import solvers
from captchakit.stages import Solver
from captchakit.types import Constraint, Probabilities
from tests.pictures import captcha, png


class Said(CtcRival):
    """A rival that says what it is told to."""

    characters = ("", "O", "0", "1", "%")

    def own_answer(self, image: bytes) -> str:
        """Return the characters of the largest probabilities."""
        return "".join(self.characters[c] for c in self.steps(image).argmax(axis=1))

    def steps(self, image: bytes) -> Probabilities:
        """Return O, perhaps 0, then blank, then 1, perhaps a percent sign."""
        del image
        return np.array([[0, 0.6, 0.4, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0.3, 0.7]], np.float32)


def test_a_rival_that_knows_the_alphabet_answers_in_it() -> None:
    """Its probabilities are decoded as our own are; without a constraint its own answer stands."""
    assert Said().solve(b"").text == "O%"
    assert Said().solve(b"", Constraint(frozenset("0123"))).text == "01"
    assert isinstance(Said(), Solver)


@pytest.mark.parametrize("name", ["ddddocr", "rapidocr"])
def test_a_rival_reads_or_says_what_is_missing(name: str) -> None:
    """Where it is installed it reads a plain captcha; elsewhere the extra is named in one line."""
    if find_spec(name) is None:
        with pytest.raises(PluginError, match="extra 'rivals'"):
            solvers.build(name)
        return
    image = png(captcha("ABT"))
    assert solvers.build(name).solve(image, Constraint(frozenset("ABT"))).text == "ABT"
