"""From what went wrong to an HTTP answer: one table, problem details (RFC 9457) with the request's id."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from captchakit.errors import (
    CaptchakitError,
    DatasetError,
    ImageError,
    LearningError,
    ModelError,
    OptionError,
    PluginError,
)
from captchakit.serving import errors
from captchakit.serving.adding import RowsRefusedError, Verdict
from captchakit.serving.observing import REASON, request_id

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 1
"""Seconds after which a client that was turned away may come again: the queue is short."""

STATUS: tuple[tuple[type[CaptchakitError], int], ...] = (
    (errors.BadRequestError, 400),
    (errors.KeyMissingError, 401),
    (errors.ClosedError, 403),
    (errors.RefusedError, 409),
    (errors.NotThereError, 404),
    (errors.TooLargeError, 413),
    (errors.TooSlowError, 408),
    (errors.ClientGoneError, 499),
    (errors.BusyError, 503),
    (OptionError, 400),
    (PluginError, 400),
    (ImageError, 422),
    (DatasetError, 422),
    (LearningError, 422),
    (ModelError, 503),
)
"""The kinds of errors and their status; the first kind that fits counts."""


class Problem(msgspec.Struct):
    """Problem details as in RFC 9457, and the id under which the service's log tells of the request."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    rows: list[Verdict] | msgspec.UnsetType = msgspec.UNSET


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error, 500 for what nobody foresaw."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Client Closed Request"


def _detail(error: Exception, status: int) -> str:
    if isinstance(error, HTTPException):
        extra = error.extra if isinstance(error.extra, list) else []
        told = "; ".join(f"{e.get('key', '')}: {e.get('message', '')}" for e in extra if isinstance(e, dict))
        return told or error.detail or _phrase(status)
    return str(error) if isinstance(error, CaptchakitError) else "the service has failed; its log tells how"


def problem(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer an error with problem details; what nobody foresaw goes to the log with its traceback."""
    status = status_of(error)
    if status >= 500 and not isinstance(error, errors.BusyError):
        structlog.get_logger().error("failed", exc_info=error)
    told = Problem("about:blank", _phrase(status), status, _detail(error, status), request_id())
    if isinstance(error, RowsRefusedError):
        told.rows = error.verdicts
    request.scope[REASON] = told.detail  # type: ignore[literal-required]
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(told, status_code=status, media_type=MEDIA_TYPE, headers=headers)


HANDLERS: dict[int | type[Exception], Any] = {CaptchakitError: problem, HTTPException: problem, Exception: problem}
