"""The whole of compose.yaml but Grafana, really running: `tests/shipping/stack/build.sh` makes its images first."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import zips
from tests.shipping.test_deployment import free_port, program, waited

ROOT, STACK = Path(__file__).parents[2], Path(__file__).parent / "stack"
SERVICES = ("postgres", "backend", "frontend", "worker", "prometheus")
QUICK = {"classifier": "sklearn", "recipe": "contours", "options": {"estimator": "logistic", "copies": 0}}

pytestmark = pytest.mark.slow


class Stack:
    """The running containers, asked through the proxy as anybody would."""

    def __init__(self) -> None:
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(STACK / "containers.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(STACK / "registries.conf"),
            "POSTGRES_PASSWORD": "not-a-secret",
            "GRAFANA_PASSWORD": "not-a-secret",
            "PORT": str(free_port()),
        }
        self.address = f"http://127.0.0.1:{self.environment['PORT']}"
        self.headers: dict[str, str] = {}

    def run(self, *command: str) -> str:
        """Run a command of podman or podman-compose and return what it says."""
        told = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=600)  # noqa: PLW1510
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    def compose(self, *command: str) -> str:
        """Run a command of podman-compose."""
        return self.run(program("podman-compose"), "--project-name", "stack", *command)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask through the proxy and return the JSON of a good answer."""
        told = httpx.request(method, self.address + path, headers=self.headers, timeout=120, **more)
        return told.raise_for_status().json()

    def ready(self) -> None:
        """Wait until the service answers through the proxy."""
        waited(lambda: httpx.get(f"{self.address}/health/ready", timeout=5).status_code == 200, seconds=240)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """All services, started in an order as `docker compose up` would, each waiting for those that it needs."""
    made = Stack()
    if shutil.which("podman") is None:
        pytest.skip("there is no podman")
    for image in ("captchakit", "captchakit-train", "stack_frontend", "docker.io/library/postgres:17-alpine"):
        if subprocess.run(["podman", "image", "exists", image], env=made.environment).returncode:  # noqa: PLW1510
            pytest.skip(f"there is no image {image}: tests/shipping/stack/build.sh makes it")
    made.compose("down", "--volumes")
    for service in SERVICES:
        made.compose("up", "--detach", "--no-build", "--no-deps", service)
    yield made
    made.compose("down", "--volumes")


def _finished(stack: Stack, number: int) -> bool:
    state = stack.ask("GET", f"/experiments/{number}")["state"]
    assert state not in ("failed", "lost"), stack.ask("GET", f"/experiments/{number}")
    return bool(state == "finished")


def test_what_is_solved_trained_and_deployed_survives(stack: Stack, fresh: Callable[..., bytes]) -> None:
    """Through the proxy; then each part is restarted, and answers, experiment, deployment and key are there still."""
    stack.ready()
    key = stack.compose("--profile", "tools", "run", "--rm", "--no-deps", "app", "key", "add", "tests").split()[-1]
    stack.headers = {"Authorization": f"Bearer {key}"}
    image = fresh("TAB")
    first = stack.ask("POST", "/solve", content=image)
    assert (first["model"], first["cached"]) == ("general", False)
    assert stack.ask("PUT", "/add_data", content=zips.letters(60, seed=3))["version"] == 1
    number = stack.ask("PUT", "/retrain", json={**QUICK, "name": "quick"})["experiment_id"]
    waited(lambda: _finished(stack, number), seconds=500)
    assert stack.ask("POST", f"/deploy/{number}?force=true")["name"] == f"experiment-{number}"
    learned = stack.ask("POST", "/solve", content=image)
    assert (learned["model"], learned["text"]) == ("quick", "TAB")
    before = stack.ask("GET", "/results")
    for service in ("backend", "worker", "postgres", "frontend", "prometheus"):
        stack.run("podman", "restart", "--time", "20", f"stack_{service}_1")
        stack.ready()
        assert stack.ask("POST", "/solve", content=image) == {**learned, "cached": True}, service
        assert stack.ask("POST", "/solve?model=general", content=image) == {**first, "cached": True}, service
        assert stack.ask("GET", "/metadata")["name"] == f"experiment-{number}", service
        assert stack.ask("GET", "/results") == before, service
        assert stack.ask("GET", f"/metrics/{number}")["state"] == "finished", service
        assert stack.ask("GET", "/experiments")["items"][0]["id"] == number, service
    second = stack.ask("PUT", "/retrain", json=QUICK)["experiment_id"]  # the worker that was restarted trains on
    waited(lambda: _finished(stack, second), seconds=500)
    time.sleep(11)  # a scrape
    query = {"query": 'captchakit_requests_total{route="/solve"}'}
    scraped = httpx.get("http://127.0.0.1:9090/api/v1/query", params=query).json()
    assert scraped["data"]["result"]


def test_a_container_is_shut_in(stack: Stack) -> None:
    """It is no root, writes to no place but its volume, and holds nothing that compiles, installs or learns."""
    stack.ready()
    shell = ["podman", "exec", "stack_backend_1", "sh", "-c"]
    assert stack.run(*shell, "id -u").strip() == "10001"
    assert stack.run(*shell, "touch /forbidden 2> /dev/null || echo refused").strip() == "refused"
    assert stack.run(*shell, "command -v gcc cc apt-get pip perl || echo none").strip() == "none"
    looked = "import importlib.util as u; print([n for n in ('torch', 'sklearn', 'scipy', 'onnx') if u.find_spec(n)])"
    assert stack.run("podman", "exec", "stack_backend_1", "python", "-c", looked).strip() == "[]"
    assert int(stack.run("podman", "image", "inspect", "captchakit", "--format", "{{.Size}}")) < 400_000_000
