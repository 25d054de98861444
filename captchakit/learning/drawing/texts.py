"""What is written: strings of an alphabet, and arithmetic questions."""

from __future__ import annotations

from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.style import DIGITS, OPERATORS, TIMES, Text

SUM = "sum"
"""Stands for an alphabet: write an arithmetic question."""
SUM_CHARACTERS = DIGITS + OPERATORS
SHORTEST_SUM, LONGEST_SUM = 3, 7


def compose(text: Text, dice: Dice) -> str:
    """Return a label for the knobs."""
    alphabet = dice.weighted(text.alphabets)
    if alphabet == SUM:
        return question(dice)
    return "".join(dice.one(alphabet) for _ in range(dice.integer(text.length)))


def question(dice: Dice) -> str:
    """Return an arithmetic question of one or two small numbers, such as `9x6=`, `10+3=` or `5-3=?`."""
    sign = dice.weighted((("+", 4), ("-", 3), ("x", 1.5), (TIMES, 1.5), ("*", 1), ("÷", 0.5), ("/", 0.5)))
    top = 10 if dice.chance(0.6) else 99
    first, second = dice.below(top + 1), dice.below((10 if dice.chance(0.6) else top) + 1)
    if sign == "-":
        first, second = max(first, second), min(first, second)
    if sign in "÷/":
        second = 1 + dice.below(9)
        first = second * (1 + dice.below(9))
    return f"{first}{sign}{second}{dice.weighted((('=', 6), ('=?', 2), ('', 1)))}"
