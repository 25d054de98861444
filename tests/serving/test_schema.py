"""Any request that the OpenAPI document allows or does not allow: schemathesis finds no failure."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import hypothesis
import pytest
import schemathesis
import schemathesis.specs.openapi.checks
import uvicorn
from hypothesis import HealthCheck
from schemathesis.checks import CHECKS

from captchakit.serving.app import create_app
from captchakit.settings import Settings

CHECKED = [
    CHECKS.get_one(name)
    for name in ("not_a_server_error", "response_schema_conformance", "content_type_conformance", "unsupported_method")
]


ENDLESS = {"GET /experiments/{experiment_id}/events"}
"""Streams go on until an experiment is over."""


@pytest.fixture(scope="module")
def api(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The document of a service that really listens, with a key that opens everything."""
    settings = Settings(models=(models_folder,), data=tmp_path_factory.mktemp("any"), trainings=10**6)
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=1))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        key = app.state.service.store.keys.add("any")
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        made = schemathesis.openapi.from_url(f"{address}/schema/openapi.json")
        made.config.update(headers={"Authorization": f"Bearer {key}"})
        yield made
        server.should_exit = True
        thread.join()


def test_no_request_makes_the_service_fail(api: Any) -> None:
    """No status 500, no answer that the document does not describe, from any operation of the document."""
    operations = [found.ok() for found in api.get_all_operations()]
    tried = {operation.label for operation in operations} - ENDLESS
    assert {"POST /solve", "PUT /add_data", "POST /deploy/{experiment_id}"} <= tried
    for operation in operations:
        if operation.label in tried:
            _try(operation)


def _try(operation: Any) -> None:
    # Driven by hand: schemathesis' own pytest plugin does not know pytest 9.
    @hypothesis.settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(case=operation.as_strategy())
    def each(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKED, timeout=20)

    each()
