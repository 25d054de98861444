"""Words that mean nothing and look like words."""

from __future__ import annotations

from captchakit.learning.drawing.dice import Dice

_BEGINS = (*"bcdfghjlmnprstvkw", "qu", "ch", "tr", "pr", "st", "gr", "pl", "br", "cl", "dr", "fr", "th", "sh", "wh")
_MIDDLES = (*"aeiouaei", "ou", "ai", "ei", "on", "an", "en", "in", "eu", "oi", "ea", "io", "é", "è")
_ENDS = ("", *"rlnstmdcxye", "nt", "rt", "st", "ng", "ck", "ll", "ss", "tte", "es", "ent", "er")
_SIGNS = (",", ".", ",", ".", ";", ":", "!", "-")


def word(dice: Dice) -> str:
    """Return one to four syllables, a short word rather than a long one."""
    count = 1 + dice.below(2) + dice.below(3)
    syllables = (dice.one(_BEGINS) + dice.one(_MIDDLES) for _ in range(count))
    begun = "".join(syllables) if dice.chance(0.85) else dice.one(_MIDDLES)
    return f"{begun}{dice.one(_ENDS)}"


def number(dice: Dice) -> str:
    """Return a year, an amount or another number."""
    digits = "".join(str(dice.below(10)) for _ in range(dice.integer((1, 5))))
    return digits if dice.chance(0.6) else f"{digits}.{dice.below(100):02d}"


def phrase(dice: Dice, count: int, *, numbers: float = 0.06, capitals: bool = False) -> list[str]:
    """Return words with signs, capitals and numbers among them."""
    found = []
    for _ in range(count):
        made = number(dice) if dice.chance(numbers) else word(dice)
        made = made.capitalize() if dice.chance(0.15) else made
        made += dice.one(_SIGNS) if dice.chance(0.14) else ""
        found.append(made.upper() if capitals else made)
    return found
