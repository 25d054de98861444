"""What may be asked of an answer, from the query or from headers.

Read by hand and not by Litestar's parameters: those of a dependency cost a third of a cached answer's time.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, unquote

import msgspec
from litestar import Request
from litestar.openapi.spec import OpenAPIType, Parameter, Schema
from msgspec import Meta

from captchakit.errors import OptionError
from captchakit.serving.errors import BadRequestError
from captchakit.types import Constraint

PREFIX = "X-Captchakit-"
MOST_FIELDS = 100
MOST_LABELS = 64
"""The longest answer that can be asked for: decoding takes time and memory by the length."""


class Asked(msgspec.Struct, frozen=True):
    """Options of an answer: those of `captchakit solve`. `model` None is the current one."""

    model: Annotated[str, Meta(max_length=200, description="A model by name.")] | None = None
    alphabet: Annotated[str, Meta(max_length=2000, description="The characters that an answer may have.")] | None = None
    length: Annotated[str, Meta(max_length=9, description="How many characters: 4, or 4-6.")] | None = None
    pattern: Annotated[str, Meta(max_length=200, description="A regular expression for the whole answer.")] | None = (
        None
    )
    case: Literal["lower", "upper", "ignore"] | None = None
    min_confidence: Annotated[float, Meta(ge=0, le=1, description="Withhold a less sure answer.")] = 0.0
    top: Annotated[int, Meta(ge=1, le=20, description="How many answers, the best first.")] = 1

    def constraint(self) -> Constraint:
        """Return which answers are allowed; raises `OptionError`."""
        return _constraint(self)

    def key(self) -> str:
        """Return the options in one way of writing, the same for two that mean the same."""
        return _key(self)


NOTHING = Asked()
FIELDS = frozenset(Asked.__struct_fields__)
_HEADERS = {f"{PREFIX}{name.replace('_', '-')}".lower().encode(): name for name in FIELDS}


def asked_of(request: Request[Any, Any, Any]) -> Asked:
    """Return the options of a request; the query goes before a header. Header texts may be percent-encoded.

    Raises `BadRequestError` naming the option that cannot be.
    """
    given = {_HEADERS[name]: _text(value) for name, value in request.scope["headers"] if name in _HEADERS}
    query = request.scope["query_string"]
    if query:
        try:
            pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            raise BadRequestError(f"the query has more than {MOST_FIELDS} fields") from None
        given |= {name: value for name, value in pairs if name in FIELDS}
    return _asked(given) if given else NOTHING


def _asked(given: dict[str, str]) -> Asked:
    values: dict[str, Any] = dict(given)
    for name, kind in (("min_confidence", float), ("top", int)):
        if name in values:
            try:
                values[name] = kind(values[name])
            except ValueError:
                raise BadRequestError(f"{name} is a number, not {values[name][:40]!r}") from None
    try:
        asked = msgspec.convert(values, Asked)
    except msgspec.ValidationError as error:
        raise BadRequestError(f"an option cannot be: {error}") from None
    if asked.min_confidence != asked.min_confidence:
        raise BadRequestError("min_confidence is from 0 to 1, not nan")
    return asked


def _text(header: bytes) -> str:
    """Return a header's text: percent-encoded, or UTF-8 that came byte for byte."""
    try:
        return unquote(header.decode(), errors="strict")
    except UnicodeError:
        raise BadRequestError("a header's text is neither UTF-8 nor percent-encoded UTF-8") from None


@lru_cache(maxsize=256)
def _constraint(asked: Asked) -> Constraint:
    if asked.alphabet == "":
        raise OptionError("the alphabet is empty")
    alphabet = None if asked.alphabet is None else frozenset(asked.alphabet)
    length = None if asked.length is None else _bounds(asked.length)
    return Constraint(alphabet, length=length, pattern=asked.pattern, case=asked.case)


@lru_cache(maxsize=256)
def _key(asked: Asked) -> str:
    alphabet = None if asked.alphabet is None else "".join(sorted(set(asked.alphabet)))
    bounds = None if asked.length is None else _bounds(asked.length)
    return json.dumps([alphabet, bounds, asked.pattern, asked.case, asked.min_confidence, asked.top])


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


def parameters() -> list[Parameter]:
    """Return the options as an OpenAPI document lists them: each in the query, and each as a header."""
    text = OpenAPIType.STRING
    schemas = {
        "model": Schema(type=text, max_length=200, description="A model by name."),
        "alphabet": Schema(type=text, max_length=2000, description="The characters that an answer may have."),
        "length": Schema(type=text, pattern="^[0-9]{1,2}(-[0-9]{1,2})?$", description="How many: 4, or 4-6."),
        "pattern": Schema(type=text, max_length=200, description="A regular expression for the whole answer."),
        "case": Schema(type=text, enum=["lower", "upper", "ignore"], description="Count A and a as one."),
        "min_confidence": Schema(
            type=OpenAPIType.NUMBER, minimum=0, maximum=1, description="Withhold a less sure one."
        ),
        "top": Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=20, description="How many, the best first."),
    }
    headers = [(f"{PREFIX}{name.replace('_', '-').title()}", schema) for name, schema in schemas.items()]
    each = [("query", name, schema) for name, schema in schemas.items()]
    each += [("header", name, schema) for name, schema in headers]
    return [
        Parameter(name=n, param_in=where, schema=s, required=False, description=s.description) for where, n, s in each
    ]
