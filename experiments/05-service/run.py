"""Load on the service, one question a verb.

python experiments/05-service/run.py rates [--rival PYTHON] [--rounds 5] [--seconds 3] [--cores 1] [--workers 2]
python experiments/05-service/run.py overload [--seconds 10] [--cores 1]
python experiments/05-service/run.py soak [--requests 200000]
python experiments/05-service/run.py deploy [--seconds 30] [--workers 2]
python experiments/05-service/run.py inserts [--requests 20000]

`rates` asks every server in turn, round by round, so that whatever else the machine does falls on all alike. Beside the
rates stands the server's processor time a request, which a busy machine distorts less. `--rival` is an interpreter with
ddddocr, fastapi, uvicorn and python-multipart. With `--cores` the servers have so many, and the client the others.
`inserts` writes to SQLite, or to where `CAPTCHAKIT_DATABASE_URL` says. `--out FILE` notes the answer in a JSON file,
beside those of other verbs, under the verb or under `--key`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop
import verbs
from servers import Server, running, service

from captchakit.serving.store.store import Store
from captchakit.settings import Settings


@contextmanager
def rival(python: str, cores: int) -> Iterator[Server]:
    """Run ddddocr behind FastAPI."""
    with running([python, "-m", "uvicorn", "rival:app"], {}, "/docs", Settings(), cores) as server:
        yield server


def asked(given: argparse.Namespace) -> Any:
    """Start the servers that a verb needs, and return what it finds."""
    if given.verb == "inserts":
        with tempfile.TemporaryDirectory() as data:
            store = Store(replace(Settings.from_environment(), data=Path(data)))
            found = verbs.inserts(store, given.requests or 20_000)
            store.close()
        return {"rows a second by rows at once": found}
    with ExitStack() as servers:
        # Only `overload` asks who is turned away; where a machine is slow, the others' clients wait.
        patience = {} if given.verb == "overload" else {"wait_ms": "10000"}
        ours = servers.enter_context(service(given.workers, given.cores, model=given.model, **patience))
        if given.verb == "rates":
            other = servers.enter_context(rival(given.rival, given.cores) if given.rival else nullcontext())
            return uvloop.run(verbs.rates(ours, other, given.rounds, given.seconds or 3))
        if given.verb == "overload":
            return uvloop.run(verbs.overload(ours, given.seconds or 10))
        if given.verb == "soak":
            return uvloop.run(verbs.soak(ours, given.requests or 200_000))
        return asyncio.run(verbs.deploy(ours, given.seconds or 30))


def main() -> None:
    """Read the command, measure, print, and note."""
    options = argparse.ArgumentParser()
    options.add_argument("verb", choices=("rates", "overload", "soak", "deploy", "inserts"))
    options.add_argument("--model", default="general")
    options.add_argument("--rival", default="")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=0.0)
    options.add_argument("--requests", type=int, default=0)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--cores", type=int, default=0)
    options.add_argument("--out", default="")
    options.add_argument("--key", default="")
    given = options.parse_args()
    machine = {"cores": os.cpu_count(), "load average before": round(os.getloadavg()[0], 1)}
    found = {**machine, "model": given.model, "workers": given.workers, **asked(given)}
    print(json.dumps(found, indent=1))
    if given.out:
        path = Path(given.out)
        there = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(json.dumps({**there, given.key or given.verb: found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
