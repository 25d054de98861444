"""What is measured, one function a question; each returns what it found."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from statistics import median
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from client import Told, closed, open_rate
from servers import CLIENTS, Make, Server, fresh, same, varied

from captchakit.reading.library import shipped
from captchakit.serving import training
from captchakit.serving.store.results import NewResult
from captchakit.serving.store.store import Store


def shown(name: str, told: Told) -> None:
    """Print one run."""
    print(
        f"{name:>12} {told.rate:8.0f}/s  p50 {told.percentile(50):7.2f} ms  p99 {told.percentile(99):7.2f} ms  "
        f"{dict(told.statuses)}",
        flush=True,
    )


async def rates(ours: Server, rival: Server | None, rounds: int, seconds: float) -> dict[str, object]:
    """Ask every server in turn, round by round; medians of the rounds, and ratios within them."""
    asked: dict[str, tuple[Server, Make]] = {name: (ours, fresh(f"/{name}", 1)) for name in ("null",)}
    asked |= {"new": (ours, fresh("/solve", 1)), "cached": (ours, same("/solve"))}
    if rival is not None:
        asked["ddddocr"] = (rival, same("/solve"))
    for server, make in asked.values():  # everything is loaded, and what is to be cached is
        await closed(server.port, make, CLIENTS, 1.0)
    rate: dict[str, list[float]] = {name: [] for name in asked}
    cost: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds):
        for name, (server, make) in asked.items():
            before = server.cpu_seconds()
            told = await closed(server.port, make, CLIENTS, seconds)
            rate[name].append(told.rate)
            cost[name].append(1000 * (server.cpu_seconds() - before) / max(1, told.statuses.total()))
            shown(f"{name} {number}", told)
    pairs = [(a, b) for a, b in (("new", "null"), ("cached", "null"), ("new", "ddddocr")) if b in rate]
    return {
        "requests a second": {name: round(median(each), 1) for name, each in rate.items()},
        "ratios of requests": {f"{a}/{b}": _ratio(rate[a], rate[b]) for a, b in pairs},
        "ratios of processor time": {f"{b}/{a}": _ratio(cost[b], cost[a]) for a, b in pairs},
        "processor ms a request": {name: round(median(each), 3) for name, each in cost.items()},
        "memory MB": round(ours.resident(), 1),
    }


async def overload(server: Server, seconds: float) -> dict[str, object]:
    """Find what it can do with new images, and send it 70 % and ten times as much, whatever it answers."""
    make = fresh("/solve", 2)
    for lasting in (2.0, seconds):  # half the clients, so that nobody is turned away where reading is slow
        able = await closed(server.port, make, CLIENTS // 2, lasting)
    shown("able", able)
    found: dict[str, object] = {"requests a second": round(able.rate, 1)}
    for share, name in ((0.7, "at 70 %"), (10.0, "tenfold")):
        told = await open_rate(server.port, make, able.rate * share, seconds, 1000)
        shown(name, told)
        found[name] = {
            "p50 ms": round(told.percentile(50), 2),
            "p99 ms": round(told.percentile(99), 2),
            "p99 by p50": round(told.percentile(99) / told.percentile(50), 2),
            "p99 ms of a refusal": round(told.percentile(99, told.refused), 2) if told.refused else None,
            "statuses": {str(status): number for status, number in told.statuses.items()},
            "not sent": told.late,
        }
    return found


async def soak(server: Server, requests: int) -> dict[str, object]:
    """Send new images of varied sizes, and see how much the memory has grown since the first twentieth."""
    make, sent = varied("/solve"), 0
    levels: list[tuple[int, float]] = []
    statuses: Counter[int] = Counter()
    while sent < requests:
        told = await closed(server.port, lambda n, first=sent: make(first + n), CLIENTS, 5.0)
        sent += told.statuses.total()
        statuses += told.statuses
        levels.append((sent, round(server.resident(), 1)))
        print(f"{sent} requests, {levels[-1][1]} MB, {told.rate:.0f}/s", flush=True)
    first = next(mb for n, mb in levels if n >= requests / 20)
    return {
        "requests": sent,
        "statuses": {str(status): number for status, number in statuses.items()},
        "memory MB": levels[:: max(1, len(levels) // 20)],
        "largest MB": max(mb for _, mb in levels),
        "growth": round(levels[-1][1] / first - 1, 4),
    }


async def deploy(server: Server, seconds: float) -> dict[str, object]:
    """Deploy another model or go back twice a second, while as many ask as it can answer; nobody may be failed."""
    store = Store(server.settings)
    key = store.keys.add("load")
    numbers = [_experiment(store, name) for name in ("general", "plain-cnn")]
    store.close()
    load = asyncio.create_task(closed(server.port, fresh("/solve", 3), CLIENTS, seconds))
    routes = [f"/deploy/{numbers[0]}", f"/deploy/{numbers[1]}", "/deploy/previous"]
    deployed: Counter[int] = Counter()
    for turn in range(int(2 * seconds)):
        deployed[await asyncio.to_thread(_post, server, routes[turn % 3], key)] += 1
        await asyncio.sleep(0.5)
        if load.done():
            break
    told = await load
    shown("deploying", told)
    return {
        "deployments": {str(status): number for status, number in deployed.items()},
        "statuses": {str(status): number for status, number in told.statuses.items()},
        "p99 ms": round(told.percentile(99), 2),
    }


def inserts(store: Store, rows: int) -> dict[str, float]:
    """Return how many answers a second are kept, by how many are kept at once: a batch of the pool has up to 16."""
    found, number = {}, 0
    for size in (1, 4, 16):
        started = time.perf_counter()
        for _ in range(rows // size):
            store.results.add([_row(number := number + 1) for _ in range(size)])
        found[str(size)] = round(rows // size * size / (time.perf_counter() - started))
    return found


def _ratio(above: list[float], below: list[float]) -> float:
    return round(median(a / b for a, b in zip(above, below, strict=True)), 3)


def _experiment(store: Store, model: str) -> int:
    """Make an experiment that has ended with a shipped model."""
    data = (shipped("models") / f"{model}.onnx").read_bytes()
    number = store.experiments.queue(model, "default", 1, {}, 100)
    assert number is not None
    store.experiments.begin(number)
    path = training.keep(store.models_folder, f"experiment-{number}.onnx", data)
    metrics = {"exact_match": 1.0, "n": 100, "interval": [0, 1]}
    store.experiments.finish(number, metrics, hashlib.sha256(data).hexdigest(), path.name)
    return number


def _post(server: Server, route: str, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    asked = Request(f"http://127.0.0.1:{server.port}{route}?force=true", method="POST", headers=headers)
    try:
        with urlopen(asked, timeout=60) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def _row(number: int) -> NewResult:
    name = hashlib.sha256(str(number).encode()).hexdigest()
    answer = '{"text":"5IQ7","confidence":0.5,"symbols":[' + ",".join(['{"label":"5","box":[1,2,3,4]}'] * 4) + "]}"
    return NewResult(name, name, f"asked/{name}", 2000, "general", name, "[]", "5IQ7", 0.5, None, answer)
