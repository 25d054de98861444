"""What may be asked of an answer, from the query or from headers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from litestar.params import HeaderParameter, QueryParameter

from captchakit.errors import OptionError
from captchakit.serving.errors import BadRequestError
from captchakit.types import Constraint

PREFIX = "X-Captchakit-"
MOST_LABELS = 64
"""The longest answer that can be asked for: decoding takes time and memory by the length."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Options of an answer: those of `captchakit solve`. `model` None is the current one."""

    model: str | None = None
    alphabet: str | None = None
    length: str | None = None
    pattern: str | None = None
    case: str | None = None
    min_confidence: float = 0.0
    top: int = 1

    def constraint(self) -> Constraint:
        """Return which answers are allowed; raises `OptionError`."""
        return _constraint(self)

    def key(self) -> str:
        """Return the options in one way of writing, the same for two that mean the same."""
        alphabet = None if self.alphabet is None else "".join(sorted(set(self.alphabet)))
        bounds = None if self.length is None else _bounds(self.length)
        return json.dumps([alphabet, bounds, self.pattern, self.case, self.min_confidence, self.top])


@lru_cache(maxsize=256)
def _constraint(asked: Asked) -> Constraint:
    if asked.alphabet == "":
        raise OptionError("the alphabet is empty")
    alphabet = None if asked.alphabet is None else frozenset(asked.alphabet)
    length = None if asked.length is None else _bounds(asked.length)
    case: Any = asked.case
    return Constraint(alphabet, length=length, pattern=asked.pattern, case=case)


def _bounds(length: str) -> tuple[int, int]:
    """Return the least and the most of `4` or `4-6`."""
    low, _, high = length.partition("-")
    try:
        bounds = int(low), int(high or low)
    except ValueError:
        raise OptionError(f"length is a number or a range such as 4-6, not {length!r}") from None
    if not 0 <= bounds[0] <= bounds[1] <= MOST_LABELS:
        raise OptionError(f"length is from 0 to {MOST_LABELS}, not {length!r}")
    return bounds


def _query(told: str, **more: Any) -> Any:
    return QueryParameter(description=told, **more)


def _header(name: str, **more: Any) -> Any:
    return HeaderParameter(name=f"{PREFIX}{name}", description="As in the query, which goes first.", **more)


Case = Literal["lower", "upper", "ignore"]


def asked(  # noqa: PLR0913, PLR0917 - what the document lists is this function's arguments
    model: Annotated[str | None, _query("A model by name.", max_length=200)] = None,
    alphabet: Annotated[str | None, _query("The characters that an answer may have.", max_length=2000)] = None,
    length: Annotated[str | None, _query("How many characters: 4, or 4-6.", max_length=9)] = None,
    pattern: Annotated[str | None, _query("A regular expression for the whole answer.", max_length=200)] = None,
    case: Annotated[Case | None, _query("Count letters that differ in case alone as one.")] = None,
    min_confidence: Annotated[float | None, _query("Withhold a less sure answer.", ge=0, le=1)] = None,
    top: Annotated[int | None, _query("How many answers, the best first.", ge=1, le=20)] = None,
    header_model: Annotated[str | None, _header("Model", max_length=800)] = None,
    header_alphabet: Annotated[str | None, _header("Alphabet", max_length=8000)] = None,
    header_length: Annotated[str | None, _header("Length", max_length=9)] = None,
    header_pattern: Annotated[str | None, _header("Pattern", max_length=800)] = None,
    header_case: Annotated[Case | None, _header("Case")] = None,
    header_min_confidence: Annotated[float | None, _header("Min-Confidence", ge=0, le=1)] = None,
    header_top: Annotated[int | None, _header("Top", ge=1, le=20)] = None,
) -> Asked:
    """Return the options of a request; the query goes before a header. Header texts may be percent-encoded."""
    sure = header_min_confidence if min_confidence is None else min_confidence
    count = header_top if top is None else top
    return Asked(
        model if model is not None else _text(header_model),
        alphabet if alphabet is not None else _text(header_alphabet),
        length if length is not None else header_length,
        pattern if pattern is not None else _text(header_pattern),
        case if case is not None else header_case,
        0.0 if sure is None else sure,
        1 if count is None else count,
    )


def _text(header: str | None) -> str | None:
    """Return a header's text: percent-encoded, or UTF-8 that came byte for byte."""
    if header is None:
        return None
    try:
        return unquote(header.encode("latin-1").decode(), errors="strict")
    except UnicodeError:
        raise BadRequestError("a header's text is neither UTF-8 nor percent-encoded UTF-8") from None
