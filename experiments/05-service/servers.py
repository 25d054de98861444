"""The servers under load, and what is sent to them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import cv2
import numpy as np
from client import numbered, request

from captchakit.serving.store.store import Store
from captchakit.settings import Settings

HERE = Path(__file__).parent
IMAGES = HERE.parent.parent / "datasets" / "plain" / "images"
CLIENTS = 32
Make = Callable[[int], bytes]
"""From the number of a request to its bytes."""


@dataclass(frozen=True)
class Server:
    """A running server: its port, its process, and its settings."""

    port: int
    pid: int
    settings: Settings

    @property
    def pids(self) -> list[int]:
        """Its process and those below it."""
        return _family(self.pid)

    def cpu_seconds(self) -> float:
        """Return the processor time that it has taken so far."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.pids]
        return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """Return the memory of its largest process in MB."""
        return max(_resident(pid) for pid in self.pids)


@contextmanager
def service(workers: int = 1, cores: int = 0, **settings: str) -> Iterator[Server]:
    """Run the service with a data folder of its own; `cores` above 0: on so many, and this client on the others."""
    with tempfile.TemporaryDirectory(prefix="captchakit-load-") as data:
        given = {"CAPTCHAKIT_DATA": data, **{f"CAPTCHAKIT_{name.upper()}": value for name, value in settings.items()}}
        kept = Settings.from_environment({**os.environ, **given})
        Store(kept).close()  # as at every start but the first, its process does not hold what makes tables
        command = [sys.executable, "-m", "uvicorn", "--factory", "probe:application", "--workers", str(workers)]
        command += ["--http", "captchakit.serving.protocol:Impatient", "--ws", "none"]
        with running(command, given, "/health/ready", kept, cores) as server:
            yield server


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], ready: str, settings: Settings, cores: int = 0
) -> Iterator[Server]:
    """Run a command of uvicorn while the block runs."""
    port, every = free_port(), sorted(os.sched_getaffinity(0))
    command = [*command, "--port", str(port), "--log-level", "critical", "--no-access-log"]
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=HERE)
    if 0 < cores < len(every):
        os.sched_setaffinity(process.pid, every[:cores])
        os.sched_setaffinity(0, every[cores:])
    try:
        _wait(f"http://127.0.0.1:{port}{ready}", process)
        yield Server(port, process.pid, settings)
    finally:
        os.sched_setaffinity(0, every)
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def fresh(path: str, salt: int) -> Make:
    """Return what makes requests with images that nobody has sent before."""
    streams = [numbered(f.read_bytes(), salt) for f in sorted(IMAGES.glob("*.png"))]
    return lambda number: request(path, next(streams[number % len(streams)]))


def same(path: str) -> Make:
    """Return what makes requests with a hundred images, again and again."""
    made = [request(path, f.read_bytes()) for f in sorted(IMAGES.glob("*.png"))[:100]]
    return lambda number: made[number % len(made)]


def varied(path: str) -> Make:
    """Return what makes requests with new images of 400 sizes, a tenth of them noise."""
    dice, streams = np.random.default_rng(0), []
    for _ in range(400):
        height, width = int(dice.integers(20, 120)), int(dice.integers(40, 400))
        picture = np.full((height, width, 3), 255, np.uint8)
        text, where = "AB12"[: width // 20 or 1], (4, height - 8)
        cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, height / 40, (0, 0, 0), 2)
        if dice.random() < 0.1:
            picture = dice.integers(0, 256, picture.shape, np.uint8)
        streams.append(numbered(cv2.imencode(".png", picture)[1].tobytes()))
    return lambda number: request(path, next(streams[(number * 7919) % len(streams)]))


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        try:
            urlopen(address, timeout=2).read()
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"the server ended with {process.returncode}") from None
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


def _family(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += _family(int(child))
    return found


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith("VmRSS")) / 1024
