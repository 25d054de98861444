"""Load on the service: against a handler that only reads the upload, and against ddddocr, in rounds of one run.

    python experiments/05-service/run.py [--model general] [--rival PYTHON] [--out results.json]

Each round asks every server in turn for a few seconds, so that whatever else the machine does falls on all alike; the
median over the rounds counts. Beside the rates stands the server's processor time a request, which a busy machine
distorts less. `--rival` is an interpreter with ddddocr, fastapi, uvicorn and python-multipart.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.request import urlopen

import cv2
import numpy as np
import uvloop
from client import Told, closed, numbered, open_rate, request

HERE = Path(__file__).parent
IMAGES = HERE.parent.parent / "datasets" / "plain" / "images"
CLIENTS = 32


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(command: list[str], port: int, environment: dict[str, str], ready: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server while the block runs."""
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "critical"], env={**os.environ, **environment}, cwd=HERE
    )
    try:
        for _ in range(600):
            try:
                urlopen(f"http://127.0.0.1:{port}{ready}", timeout=2).read()
                break
            except OSError:
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def fresh(path: str, salt: int) -> Callable[[int], bytes]:
    """Return what makes requests with images that nobody has sent before."""
    streams = [numbered(f.read_bytes(), salt) for f in sorted(IMAGES.glob("*.png"))]
    return lambda number: request(path, next(streams[number % len(streams)]))


def same(path: str) -> Callable[[int], bytes]:
    """Return what makes requests with a hundred images, again and again."""
    made = [request(path, f.read_bytes()) for f in sorted(IMAGES.glob("*.png"))[:100]]
    return lambda number: made[number % len(made)]


def shown(name: str, told: Told) -> None:
    """Print one run."""
    print(
        f"{name:>10} {told.rate:8.0f}/s  p50 {told.percentile(50):7.2f} ms  p99 {told.percentile(99):7.2f} ms  "
        f"{dict(told.statuses)}",
        flush=True,
    )


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Return a process's memory in MB."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def measure(
    port: int, rival: int | None, rounds: int, seconds: float, pid: int, rival_pid: int
) -> dict[str, object]:
    """Ask every server in rounds, then ours at 70 % and at ten times of what it can do."""
    pids = {"null": pid, "new": pid, "cached": pid, "ddddocr": rival_pid}
    makers = {"null": (port, fresh("/null", 1)), "new": (port, fresh("/solve", 1)), "cached": (port, same("/solve"))}
    if rival is not None:
        makers["ddddocr"] = (rival, same("/solve"))
    for place, make in makers.values():  # everything is loaded, and what is to be cached is
        await closed(place, make, CLIENTS, 1.0)
    rates: dict[str, list[float]] = {name: [] for name in makers}
    costs: dict[str, list[float]] = {name: [] for name in makers}
    for number in range(rounds):
        for name, (place, make) in makers.items():
            before = cpu_seconds(pids[name])
            told = await closed(place, make, CLIENTS, seconds)
            rates[name].append(told.rate)
            costs[name].append(1000 * (cpu_seconds(pids[name]) - before) / max(1, sum(told.statuses.values())))
            shown(f"{name} {number}", told)
    found: dict[str, object] = {"rates": {name: [round(r, 1) for r in each] for name, each in rates.items()}}
    middle = {name: median(each) for name, each in rates.items()}
    ratios = {
        f"{a}/{b}": round(median(x / y for x, y in zip(rates[a], rates[b], strict=True)), 3)
        for a, b in (("new", "null"), ("cached", "null"), ("new", "ddddocr"))
        if b in rates
    }
    found |= {
        "median": {n: round(m, 1) for n, m in middle.items()},
        "ratios": ratios,
        "cpu_ms": {name: round(median(each), 3) for name, each in costs.items()},
        "memory_mb": round(resident(pid), 1),
    }
    make = makers["new"][1]
    for share, name in ((0.7, "at 70 %"), (10.0, "tenfold")):
        told = await open_rate(port, make, middle["new"] * share, 2 * seconds, 1000)
        shown(name, told)
        found[name] = {
            "p50_ms": round(told.percentile(50), 2),
            "p99_ms": round(told.percentile(99), 2),
            "statuses": {str(k): v for k, v in told.statuses.items()},
            "not sent": told.late,
        }
    return found


async def soak(port: int, pid: int, requests: int) -> dict[str, object]:
    """Send images of varied sizes, and see how much the memory has grown since the first twentieth."""
    dice = np.random.default_rng(0)
    kinds = []
    for _ in range(400):
        height, width = int(dice.integers(20, 120)), int(dice.integers(40, 400))
        noise = dice.integers(0, 256, (height, width, 3), np.uint8)
        text = np.full((height, width, 3), 255, np.uint8)
        cv2.putText(
            text, "AB12"[: width // 20 or 1], (4, height - 8), cv2.FONT_HERSHEY_SIMPLEX, height / 40, (0, 0, 0), 2
        )
        kinds.append(numbered(cv2.imencode(".png", text if dice.random() < 0.9 else noise)[1].tobytes()))
    sent, levels, statuses = 0, [], {}
    while sent < requests:
        told = await closed(port, lambda n: request("/solve", next(kinds[(n * 7919) % len(kinds)])), CLIENTS, 5.0)
        sent += sum(told.statuses.values())
        for status, number in told.statuses.items():
            statuses[str(status)] = statuses.get(str(status), 0) + number
        levels.append((sent, round(resident(pid), 1)))
        print(f"{sent} requests, {levels[-1][1]} MB", flush=True)
    first = next(mb for n, mb in levels if n >= requests / 20)
    return {
        "requests": sent,
        "statuses": statuses,
        "memory_mb": levels[:: max(1, len(levels) // 20)],
        "growth": round(levels[-1][1] / first - 1, 4),
    }


def main() -> None:
    """Start the servers, measure, and write what was found."""
    options = argparse.ArgumentParser()
    options.add_argument("--model", default="general")
    options.add_argument("--rival", default="")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--soak", type=int, default=0)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--out", default="")
    given = options.parse_args()
    port, rival = free_port(), free_port() if given.rival else None
    with tempfile.TemporaryDirectory() as data:
        environment = {"CAPTCHAKIT_DATA": data, "CAPTCHAKIT_MODEL": given.model}
        command = [sys.executable, "-m", "uvicorn", "--factory", "probe:application", "--no-access-log"]
        with served([*command, "--workers", str(given.workers)], port, environment, "/health/ready") as process:
            if rival is None:
                found = uvloop.run(everything(given, port, None, process.pid, 0))
            else:
                second = [given.rival, "-m", "uvicorn", "rival:app", "--no-access-log"]
                with served(second, rival, {}, "/docs") as other:
                    found = uvloop.run(everything(given, port, rival, process.pid, other.pid))
    print(json.dumps(found, indent=1))
    if given.out:
        Path(given.out).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


async def everything(
    given: argparse.Namespace, port: int, rival: int | None, pid: int, rival_pid: int
) -> dict[str, object]:
    """Measure all that was asked for."""
    found: dict[str, object] = {"model": given.model, "workers": given.workers, "cores": os.cpu_count()}
    found |= await measure(port, rival, given.rounds, given.seconds, pid, rival_pid) if given.rounds else {}
    if given.soak:
        found["soak"] = await soak(port, pid, given.soak)
    return found


if __name__ == "__main__":
    main()
