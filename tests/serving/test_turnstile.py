"""Who is let in, over a real connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import pytest
import uvicorn
from litestar import Litestar

from captchakit.serving.app import create_app
from captchakit.serving.limiting import MANY, Pressure
from captchakit.serving.pool import Pool
from captchakit.serving.protocol import Impatient
from captchakit.settings import Settings

CLIENTS = 400


def press(app: Any) -> None:
    """Have as many refused as it takes until more are refused before the application knows."""
    for _ in range(MANY):
        app.state.turnstile._pressure.refusal()


@contextmanager
def serving(app: Litestar) -> Iterator[int]:
    """Serve an application as `captchakit serve` does, and give the port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, http=Impatient, ws="none"))
    running = Thread(target=server.run)
    running.start()
    while not server.started:
        sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    running.join(30)


def sent(path: str, body: bytes, method: str = "POST") -> bytes:
    """Return a request's bytes."""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Return the status, headers and body of an answer."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(first.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


def test_who_is_refused_at_once_may_go_on(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 in every header as from the application, logged and counted; the body is let go and the connection stays."""
    app = create_app(replace(settings, data=tmp_path))
    monkeypatch.setattr(Pool, "refusal", lambda *_, **__: "7 images are waiting already")
    monkeypatch.setattr(Pressure, "enter", lambda *_: pytest.fail("it was let in"))

    async def ask(port: int) -> list[tuple[int, dict[str, str], bytes]]:
        app.state.service.answers.turned_away()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        told = []
        for request in (sent("/solve?top=2", b"x" * 100_000), sent("/health/live", b"", "GET"), sent("/solve", b"x")):
            for part in (request[:90], request[90:]):
                writer.write(part)
                await asyncio.sleep(0.02)
            told.append(await answered(reader))
        writer.close()
        return told

    with serving(app) as port:
        press(app)
        refused, alive, again = asyncio.run(ask(port))
    assert [status for status, *_ in (refused, alive, again)] == [503, 200, 503]
    problem = json.loads(refused[2])
    assert (problem["detail"], refused[1]["retry-after"]) == ("7 images are waiting already", "1")
    assert problem["request_id"] == refused[1]["x-request-id"]
    assert alive[1].keys() - refused[1].keys() <= {"date", "server"}
    lines = [json.loads(line) for line in (tmp_path / "log_file.log").read_text().splitlines()]
    found: list[dict[str, Any]] = [line for line in lines if line.get("request_id") == problem["request_id"]]
    assert [(f["path"], f["status"], f["reason"]) for f in found] == [("/solve", 503, problem["detail"])]
    assert b'captchakit_requests_total{method="POST",route="none",status="503"} 2.0' in app.state.service.counts.text()


def test_who_is_refused_behind_a_proxy_stands_in_the_log_by_its_own_address(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that a proxy of ours forwards, as for every other request."""
    app = create_app(replace(settings, data=tmp_path))
    monkeypatch.setattr(Pool, "refusal", lambda *_, **__: "7 images are waiting already")
    request = sent("/solve", b"x").replace(b"Host: x", b"Host: x\r\nX-Forwarded-For: 203.0.113.9")

    async def ask(port: int) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        told = await answered(reader)
        writer.close()
        return told

    with serving(app) as port:
        press(app)
        status, headers, _ = asyncio.run(ask(port))
    lines = [json.loads(line) for line in (tmp_path / "log_file.log").read_text().splitlines()]
    told = [line["client"] for line in lines if line.get("request_id") == headers["x-request-id"]]
    assert (status, told) == (503, ["203.0.113.9"])


def test_hundreds_who_ask_at_once_for_one_image_are_all_answered(
    settings: Settings, tmp_path: Path, fresh: Callable[..., bytes]
) -> None:
    """One inference and one row, and nobody is refused: many who come at once are no reason to."""
    app = create_app(replace(settings, data=tmp_path))
    image = fresh("TAB")

    async def ask(port: int) -> list[tuple[int, dict[str, str], bytes]]:
        streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)]
        for _, writer in streams:
            writer.write(sent("/solve", image))
        told = [await answered(reader) for reader, _ in streams]
        for _, writer in streams:
            writer.close()
        return told

    with serving(app) as port:
        told = asyncio.run(ask(port))
        rows = app.state.service.store.results.page(10, None)
    answers = [json.loads(body) for _, _, body in told]
    assert {status for status, *_ in told} == {200}
    assert {answer["text"] for answer in answers} == {"TAB"}
    assert sum(not answer["cached"] for answer in answers) == len(rows) == 1
