"""A small HTTP client that can send many requests: keep-alive connections, times of every answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from struct import pack
from time import perf_counter
from zlib import crc32

import httptools


@dataclass
class Told:
    """Statuses and seconds of the answers of one run; `late` requests found no connection free in time."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lasted: float = 0.0
    late: int = 0
    refused: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers of status 200 a second."""
        return self.statuses[200] / self.lasted if self.lasted else 0.0

    def percentile(self, percent: float, seconds: list[float] | None = None) -> float:
        """Return milliseconds within which so many came: of the answers of status 200, or of what is given."""
        ordered = sorted(self.seconds if seconds is None else seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else float("nan")


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.done: asyncio.Future[int] | None = None
        self.parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Tell the status of a whole answer."""
        status = self.parser.get_status_code()
        self.parser = httptools.HttpResponseParser(self)
        if self.done is not None and not self.done.done():
            self.done.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits that nothing will come: status 0."""
        del error
        if self.done is not None and not self.done.done():
            self.done.set_result(0)

    async def ask(self, request: bytes) -> int:
        """Send a request and return the status of its answer."""
        assert self.transport is not None
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.done


def request(path: str, image: bytes) -> bytes:
    """Return the bytes of a request with the multipart field `image`."""
    edge = b"------------------------captchakit"
    head = b'Content-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png'
    body = b"--" + edge + b"\r\n" + head + b"\r\n\r\n" + image + b"\r\n--" + edge + b"--\r\n"
    kind = b"multipart/form-data; boundary=" + edge
    lines = [b"POST " + path.encode() + b" HTTP/1.1", b"Host: x", b"Content-Type: " + kind]
    return b"\r\n".join([*lines, b"Content-Length: " + str(len(body)).encode(), b"", body])


async def closed(port: int, make: Callable[[int], bytes], clients: int, seconds: float) -> Told:
    """Let so many clients ask one request after the other."""
    loop, told, numbers = asyncio.get_running_loop(), Told(), count()
    connections = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(clients)]
    started = perf_counter()

    async def one(connection: Connection) -> None:
        while perf_counter() - started < seconds:
            await _timed(connection, make(next(numbers)), told)

    await asyncio.gather(*map(one, connections))
    told.lasted = perf_counter() - started
    _close(connections)
    return told


async def open_rate(port: int, make: Callable[[int], bytes], rate: float, seconds: float, clients: int) -> Told:
    """Send requests at a constant rate, whether or not those before are answered, over at most so many connections.

    A request's time counts from when it was due, so that waiting for a slow server is not left out.
    """
    loop, told = asyncio.get_running_loop(), Told()
    connections = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(clients)]
    free = list(connections)
    tasks: set[asyncio.Task[None]] = set()
    started = perf_counter()

    async def one(connection: Connection, number: int, due: float) -> None:
        await _timed(connection, make(number), told, due)
        free.append(connection)

    for number in range(int(rate * seconds)):
        due = started + number / rate
        while (early := due - perf_counter()) > 0:
            await asyncio.sleep(early)
        if number % 16 == 0:
            await asyncio.sleep(0)
        if not free:
            told.late += 1
            continue
        task = asyncio.create_task(one(free.pop(), number, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    told.lasted = perf_counter() - started
    _close(connections)
    return told


async def _timed(connection: Connection, sent: bytes, told: Told, due: float | None = None) -> None:
    began = perf_counter() if due is None else due
    status = await connection.ask(sent)
    told.statuses[status] += 1
    (told.seconds if status == 200 else told.refused).append(perf_counter() - began)


def _close(connections: list[Connection]) -> None:
    for connection in connections:
        if connection.transport is not None:
            connection.transport.close()


def numbered(image: bytes, salt: int = 0) -> Iterator[bytes]:
    """Yield the PNG with ever another comment in it: the same picture, another file."""
    for number in count():
        chunk = b"tEXt" + b"n\0" + f"{salt}-{number}".encode()
        yield image[:-12] + pack(">I", len(chunk) - 4) + chunk + pack(">I", crc32(chunk)) + image[-12:]
