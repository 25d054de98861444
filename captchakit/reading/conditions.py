"""A constraint as plain values, for a card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from captchakit.types import ANYTHING, CASES, Constraint


def constraint_to_json(constraint: Constraint) -> dict[str, Any]:
    """Return the conditions as plain values."""
    return {
        "alphabet": None if constraint.alphabet is None else sorted(constraint.alphabet),
        "positions": [sorted(place) for place in constraint.positions],
        "length": constraint.length,
        "pattern": constraint.pattern,
        "case": constraint.case,
    }


def constraint_from_json(values: Mapping[str, Any] | None) -> Constraint:
    """Return the conditions that `constraint_to_json` wrote, none for None; raises `KeyError`, `ValueError`."""
    if values is None:
        return ANYTHING
    if values["case"] not in (None, *CASES):
        raise ValueError(f"case {values['case']!r}")
    least, most = values["length"] or (0, None)
    return Constraint(
        None if values["alphabet"] is None else frozenset(values["alphabet"]),
        tuple(frozenset(place) for place in values["positions"]),
        None if values["length"] is None else (int(least), None if most is None else int(most)),
        None if values["pattern"] is None else str(values["pattern"]),
        values["case"],
    )
