"""The service and its worker, really running, and killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from captchakit.serving.store.store import Store
from captchakit.settings import Settings
from tests.serving import zips

pytestmark = pytest.mark.slow
SLOW = {"classifier": "sklearn", "recipe": "cuts", "options": {"copies": 30}}
QUICK = {"classifier": "sklearn", "recipe": "contours", "options": {"estimator": "logistic", "copies": 0}}


def children(of: int) -> dict[int, str]:
    """Return the processes below one, with their command lines."""
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            line = (folder / "cmdline").read_text().replace("\0", " ")
        except (OSError, IndexError):
            continue
        if parent == of:
            found |= {int(folder.name): line, **children(int(folder.name))}
    return found


def wait_for(true: Callable[[], bool], seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.2)


@pytest.fixture
def served(models_folder: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[int, httpx.Client]]:
    """A service with its worker: the process, and a client with a key and a dataset."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(models=(models_folder,), data=tmp_path / "data")
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres")
    environment = {"CAPTCHAKIT_MODELS": str(models_folder), "CAPTCHAKIT_DATA": str(settings.data)}
    environment |= {"CAPTCHAKIT_DATABASE_URL": url, "CAPTCHAKIT_RUNS": str(tmp_path)}
    store = Store(Settings(data=settings.data, database_url=url))
    key = store.keys.add("tests")
    store.close()
    command = [sys.executable, "-c", "from captchakit.cli import main; main()", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
        wait_for(lambda: _ready(client))
        assert client.put("/add_data", content=zips.letters(40)).status_code == 200
        yield process.pid, client
    left = children(process.pid)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists() and "captchakit" in left[pid]]


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("served", ["sqlite", "postgresql"], indirect=True)
def test_a_killed_worker_is_replaced_and_its_training_goes_on(served: tuple[int, httpx.Client]) -> None:
    """Killed in the middle of a training, it is started again, takes the training up, and ends it; solving goes on."""
    pid, client = served

    def state() -> str:
        return str(client.get("/experiments/1").json()["state"])

    assert client.put("/retrain", json=SLOW).json() == {"experiment_id": 1}
    wait_for(lambda: state() == "running" and any("serving.training" in c for c in children(pid).values()))
    worker = next(p for p, c in children(pid).items() if " worker" in c)
    training = next(p for p, c in children(pid).items() if "serving.training" in c)
    os.kill(worker, signal.SIGKILL)
    wait_for(
        lambda: not Path(f"/proc/{training}").exists() or "serving.training" not in children(pid).get(training, "")
    )
    assert client.get("/health/ready").status_code == 200
    wait_for(lambda: client.get("/experiments/1").json()["attempts"] == 2)
    wait_for(lambda: state() in ("finished", "failed"))
    told = client.get("/experiments/1").json()
    assert (told["state"], told["error"]) == ("finished", None)
    assert client.post("/deploy/1").json()["name"] == "experiment-1"
    assert client.put("/retrain", json=QUICK).json() == {"experiment_id": 2}
    wait_for(lambda: client.get("/experiments/2").json()["state"] == "finished")
