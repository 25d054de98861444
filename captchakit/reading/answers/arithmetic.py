"""Sums: whole numbers, the four operations, nothing is evaluated by Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from captchakit.types import Reason

OPERATORS: Mapping[str, str] = {
    **dict.fromkeys("+", "+"),
    **dict.fromkeys("-\N{MINUS SIGN}\N{EN DASH}", "-"),
    **dict.fromkeys("*xX\N{MULTIPLICATION SIGN}\N{MIDDLE DOT}", "*"),
    **dict.fromkeys("/:\N{DIVISION SIGN}", "/"),
}
"""How each operation may be written."""

CHARACTERS = "0123456789=?" + "".join(OPERATORS)
"""What a sum may be made of."""

_SIGNS = "".join(f"\\{sign}" if sign in "-*/+" else sign for sign in OPERATORS)
SUM = rf"[0-9]{{1,4}}([{_SIGNS}][0-9]{{1,4}}){{1,3}}(=|\?|=\?)?"
"""Two to four numbers with operations between, and a sign that the result is wanted."""
GAP = rf"([0-9]{{1,4}}[{_SIGNS}]\?|\?[{_SIGNS}][0-9]{{1,4}})=[0-9]{{1,5}}"
"""One of two numbers is asked for, the result is given."""

TOKEN = re.compile(r"[0-9]+|.")


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The result of a sum as written: `9x6=` is 54, `2+3*4=?` is 14, `7-?=4` is 3.

    Products and quotients come before sums and differences, equals from left to right; a division must be exact.
    """

    pattern: str = f"{SUM}|{GAP}"
    reason: Reason = "not_a_sum"

    def __call__(self, text: str) -> str | None:
        """Return the result, None where the text is no sum or a division leaves a remainder."""
        value = evaluate(text)
        return None if value is None else str(value)


def evaluate(text: str) -> int | None:
    """Return the whole number that a sum asks for, None where the text is no sum or none solves it."""
    if re.fullmatch(GAP, text):
        return _missing(text)
    return _result(text.rstrip("=?")) if re.fullmatch(SUM, text) else None


def _result(text: str) -> int | None:
    """Return the value of numbers and operations, products first."""
    tokens = TOKEN.findall(text)
    total, product, sign = 0, int(tokens[0]), 1
    for written, number in zip(tokens[1::2], tokens[2::2], strict=True):
        operator, value = OPERATORS[written], int(number)
        if operator == "*":
            product *= value
        elif operator == "/":
            if value == 0 or product % value:
                return None
            product //= value
        else:
            total += sign * product
            sign, product = (1 if operator == "+" else -1), value
    return total + sign * product


def _missing(text: str) -> int | None:
    """Return the number for which the question mark stands, where there is exactly one that is whole."""
    left, _, result = text.partition("=")
    first, written, second = TOKEN.findall(left)
    wanted, operator = int(result), OPERATORS[written]
    behind = second == "?"
    given = int(first if behind else second)
    candidates = {
        "+": wanted - given,
        "-": given - wanted if behind else given + wanted,
        "*": wanted // given if given else None,
        "/": (given // wanted if wanted else None) if behind else given * wanted,
    }
    found = candidates[operator]
    if found is None or found < 0:
        return None
    checked = _result(f"{first}{written}{found}" if behind else f"{found}{written}{second}")
    return found if checked == wanted else None
