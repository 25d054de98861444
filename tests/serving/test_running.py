"""`captchakit serve`, really running."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from captchakit.serving import protocol
from tests.conftest import Ran


@pytest.fixture(scope="module")
def address(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with two worker processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "CAPTCHAKIT_MODELS": str(models_folder),
        "CAPTCHAKIT_DATA": str(tmp_path_factory.mktemp("served")),
        "CAPTCHAKIT_REQUEST_SECONDS": "1",
        "CAPTCHAKIT_THREADS": "1",
    }
    command = [sys.executable, "-c", "from captchakit.cli import main; main()", "serve", "--workers", "2"]
    base = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*command, "--port", str(port)], env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(base)
            yield base
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def _wait_for(base: str) -> None:
    for _ in range(1200):
        try:
            if httpx.get(f"{base}/health/ready", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the service did not start")


def test_it_solves_with_several_workers_and_counts_over_all(address: str, fresh: Callable[..., bytes]) -> None:
    """Whoever answers, the text is right, and the numbers are those of all workers."""
    for _ in range(20):
        with httpx.Client(base_url=address) as client:  # a connection of its own may reach another worker
            assert client.post("/solve", content=fresh("BAT")).json()["text"] == "BAT"
    for _ in range(5):
        told = httpx.get(f"{address}/metrics").text
        assert re.search(r'captchakit_answers_total\{cached="no",model="letters"\} 20\.0', told)


def test_a_slow_body_is_cut_off(address: str) -> None:
    """A client that announces more than it sends is answered 408, and others are served meanwhile."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as slow:
        slow.sendall(b"POST /solve HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
        assert httpx.get(f"{address}/health/live").status_code == 200
        assert slow.recv(1000).startswith(b"HTTP/1.1 408")


def test_a_client_that_leaves_is_no_failure(address: str) -> None:
    """Half a request and goodbye: the service goes on, and nothing counts as its failure."""
    host, port = address.removeprefix("http://").split(":")
    for _ in range(5):
        with socket.create_connection((host, int(port))) as leaving:
            leaving.sendall(b"POST /solve HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
    time.sleep(0.2)
    told = httpx.get(f"{address}/metrics").text
    assert 'status="500"' not in told
    assert httpx.get(f"{address}/health/ready").status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"POST /solve HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnot a chunk",
        b"POST /solve HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n",
    ],
)
def test_nonsense_is_refused(address: str, head: bytes) -> None:
    """What is not HTTP gets 400 or is hung up on, and the service goes on."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(head)
        told = client.recv(2000)
        assert told == b"" or _problem(told)["status"] == 400
    assert httpx.get(f"{address}/health/live").status_code == 200


def _problem(told: bytes) -> dict[str, object]:
    """Return the problem details of an answer, which names its id twice."""
    head, _, body = told.partition(b"\r\n\r\n")
    problem: dict[str, object] = json.loads(body)
    assert f"X-Request-ID: {problem['request_id']}".encode() in head
    assert problem["detail"]
    return problem


def test_a_head_without_end_is_refused(address: str) -> None:
    """Long before it costs much; a body of many times its length is read."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nA: ")
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 2**26:
                sent += client.send(b"a" * 2**16)
        assert sent < 2**25
    whole = (
        b"POST /solve HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\nConnection: close\r\n\r\n" + b"a" * 4_000_000
    )
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(whole)
        assert client.recv(1000).startswith(b"HTTP/1.1 422")


def test_a_slow_head_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection whose request never begins, or never goes on, is closed in time."""
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.2)

    async def app(scope: object, receive: object, send: Callable[[object], object]) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[misc]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[misc]

    async def ask() -> None:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            config = uvicorn.Config(app, http=protocol.Impatient, ws="none", lifespan="off", log_config=None)  # type: ignore[arg-type]
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve([listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            for begun in (b"", b"GET / HTTP/1.1\r\nHost:"):
                reader, writer = await asyncio.open_connection(*listening.getsockname())
                writer.write(begun)
                assert await asyncio.wait_for(reader.read(), 5) == b""
                writer.close()
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 204")
            writer.close()
            server.should_exit = True
            await serving

    asyncio.run(ask())


def test_wrong_settings_are_wrong_usage(
    captchakit: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A variable that cannot be is told in one line, with its name."""
    monkeypatch.setenv("CAPTCHAKIT_DATA", str(tmp_path))
    monkeypatch.setenv("CAPTCHAKIT_QUEUE", "many")
    ran = captchakit("serve")
    assert ran.status == 2
    assert ran.err.startswith("captchakit: CAPTCHAKIT_QUEUE: ")
    assert ran.err.count("\n") == 1
