"""What the service has kept: results and its log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from captchakit.serving.answers import Answer
from captchakit.serving.errors import NotThereError
from captchakit.serving.service import Service

TEXT = "text/plain; charset=utf-8"
LARGEST_ID = 2**63 - 1
TAIL_BYTES = 2**20

Limit = Annotated[int, QueryParameter(description="How many at the most.", ge=1, le=500)]
Before = Annotated[
    int | None, QueryParameter(description="Only with smaller ids: `next` of the page before.", ge=1, le=LARGEST_ID)
]
Text = Annotated[str | None, QueryParameter(max_length=500)]


class Result(msgspec.Struct):
    """An answer that was given, when, and to what options."""

    id: int
    created: str
    options: Any
    answer: Answer


class Results(msgspec.Struct):
    """A page of results, the newest first; `next` asks for the page after it."""

    items: list[Result]
    next: int | None


@get("/results", tags=["about"])
async def results(
    service: NamedDependency[Service],
    limit: Limit = 50,
    before: Before = None,
    model: Text = None,
    text: Text = None,
    reason: Text = None,
    image_hash: Text = None,
) -> Results:
    """List the answers that were given, the newest first."""
    equal = {"model": model, "text": text, "reason": reason, "image_hash": image_hash}
    rows = await service.apart(lambda: service.store.results.page(limit, before, **equal))
    items = [_result(row) for row in rows]
    return Results(items, items[-1].id if len(items) == limit else None)


def _result(row: dict[str, Any]) -> Result:
    answer = msgspec.json.decode(row["answer"], type=Answer)
    return Result(row["id"], moment(row["created"]), msgspec.json.decode(row["options"]), answer)


def moment(seconds: float) -> str:
    """Return a time as ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


@get("/log", tags=["about"], media_type=TEXT)
async def log(
    service: NamedDependency[Service],
    lines: Annotated[int, QueryParameter(description="How many at the most.", ge=1, le=10_000)] = 200,
) -> Response[str]:
    """Return the last lines of the service's log."""
    return Response(await service.apart(_tail, service.settings.log, lines), media_type=TEXT)


@get("/log/download", tags=["about"], media_type=TEXT)
async def log_download(service: NamedDependency[Service]) -> Response[bytes]:
    """Return the whole log file as it is now: it grows while it is sent, since this request is logged too."""
    path = service.settings.log
    attached = {"content-disposition": f'attachment; filename="{path.name}"'}
    return Response(await service.apart(_whole, path), media_type=TEXT, headers=attached)


def _whole(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotThereError("there is no log file yet") from None


def _tail(path: Path, lines: int) -> str:
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - TAIL_BYTES))
            read = stream.read().decode("utf-8", "replace")
    except FileNotFoundError:
        raise NotThereError("there is no log file yet") from None
    return "".join(read.splitlines(keepends=True)[-lines:])
