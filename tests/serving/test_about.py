"""Health, models, numbers, and what is around every request."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from litestar.testing import TestClient

from captchakit.errors import CaptchakitError, ModelError
from captchakit.serving.app import create_app, settled
from captchakit.settings import Settings
from tests.serving.conftest import Client


def test_health_says_of_each_part_how_it_is(client: Client) -> None:
    """Live while the process runs, ready while every part is."""
    assert client.get("/health/live").json()["status"] == "ok"
    told = client.get("/health/ready")
    assert told.status_code == 200
    assert set(told.json()["checks"].values()) == {"ok"}


def test_garbage_is_not_looked_for_in_what_stays() -> None:
    """What there is when a service starts is kept out of the collector while it runs, and no longer."""
    with settled():
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_metadata_is_the_current_models_card(client: Client) -> None:
    """With commit, save date, experiment, alphabet, recipe, scores and format."""
    told = client.get("/metadata").json()
    assert (told["name"], told["alphabet"], told["format"]) == ("general", ["A", "B", "T"], 1)
    assert {"git_commit", "saved", "experiment", "recipe", "scores", "sha256", "temperature"} <= told.keys()
    assert told["scores"]["n"] == 8


def test_models_lists_those_that_can_be_used_and_others(client: Client, settings: Settings) -> None:
    """The current one is marked, and one that cannot be used says why."""
    (settings.models[0] / "broken.onnx").write_bytes(b"no model")
    listed = {m["name"]: m for m in client.get("/models").json()}
    (settings.models[0] / "broken.onnx").unlink()
    assert {n for n, m in listed.items() if m["current"]} == {"general"}
    assert listed["letters-cuts"]["task"] == "text"
    assert "not an ONNX model" in listed["broken"]["error"]


def test_every_answer_has_an_id_and_security_headers(client: Client) -> None:
    """What no route takes has them too; an id that the client gave is kept, unless it could forge a log."""
    for path, status in (("/health/live", 200), ("/none", 404), ("/solve", 405)):
        told = client.get(path)
        assert told.status_code == status
        assert re.fullmatch(r"[0-9a-f]{32}", told.headers["x-request-id"])
        assert told.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in told.headers["content-security-policy"]
        assert "access-control-allow-origin" not in told.headers
    assert client.get("/none", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert client.get("/none", headers={"X-Request-ID": "a b"}).headers["x-request-id"] != "a b"


def test_the_log_tells_each_request_and_no_image(
    client: Client, settings: Settings, fresh: Callable[..., bytes]
) -> None:
    """One JSON line with id, route, status and reason."""
    client.post("/solve", content=fresh(), headers={"X-Request-ID": "good-1"})
    client.post("/solve", content=b"%PDF secret", headers={"X-Request-ID": "bad-1"})
    lines = {line["request_id"]: line for line in map(json.loads, settings.log.read_text().splitlines())}
    assert (lines["good-1"]["status"], lines["good-1"]["path"]) == (200, "/solve")
    assert lines["bad-1"]["reason"].startswith("not an image")
    assert "secret" not in settings.log.read_text()


def test_numbers_count_answers_by_route_and_status(client: Client, fresh: Callable[..., bytes]) -> None:
    """Prometheus reads requests, times, answers new and cached, confidences, the queue and the model."""
    image = fresh()
    client.post("/solve", content=image)
    client.post("/solve", content=image)
    client.get("/no/such/route/1")
    told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in (
        r'captchakit_requests_total\{method="POST",route="/solve",status="200"\} [1-9]',
        r'captchakit_requests_total\{method="GET",route="none",status="404"\} [1-9]',
        r'captchakit_answers_total\{cached="yes",model="letters"\} [1-9]',
        r'captchakit_confidence_bucket\{le="1.0",model="letters"\} [1-9]',
        r'captchakit_request_seconds_bucket\{le="0.1",route="/solve"\}',
        r"captchakit_queue_depth 0",
        r'captchakit_model\{model="general",sha256="[0-9a-f]{12}"\} 1',
    ):
        assert re.search(line, told.text), line
    assert "/no/such" not in told.text


def test_the_pages_of_the_document_need_no_internet(client: Client) -> None:
    """Every address in Swagger UI's and Scalar's pages leads to the service, and is there, packed or not."""
    for page in ("/schema/swagger", "/schema/scalar"):
        text = client.get(page).text
        addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
        files = [a for a in addresses if not a.startswith("data:")]
        assert files
        for address in files:
            assert address.startswith("/")
            packed = client.get(address)
            assert packed.headers["content-encoding"] == "gzip"
            plain = client.get(address, headers={"Accept-Encoding": "identity"})
            assert (plain.status_code, plain.content) == (200, packed.content)
    for page in ("files/none.js", "none", "none.json", "redoc"):
        told = client.get(f"/schema/{page}")
        assert (told.status_code, told.headers["content-type"]) == (404, "application/problem+json")
        assert told.json()["request_id"] == told.headers["x-request-id"]
    assert client.get("/schema/openapi.json").json()["openapi"].startswith("3.1")


def test_the_document_tells_bodies_and_options(client: Client) -> None:
    """What a handler reads by itself is told too: how an image comes, and what may be asked of its answer."""
    paths = client.get("/schema/openapi.json").json()["paths"]
    for path in ("/solve", "/classify", "/explain"):
        told = paths[path]["post"]
        assert {"multipart/form-data", "application/octet-stream", "image/png"} <= told["requestBody"]["content"].keys()
        assert {"model", "alphabet", "X-Captchakit-Alphabet"} <= {p["name"] for p in told["parameters"]}
    assert paths["/forward"]["post"]["requestBody"]["content"].keys() == {"multipart/form-data"}
    for verb, path in (("post", "/forward_batch"), ("post", "/evaluate"), ("put", "/add_data")):
        assert "application/zip" in paths[path][verb]["requestBody"]["content"]
    assert "dataset" in str(paths["/retrain"]["put"]["requestBody"])


def test_other_origins_may_ask_only_where_they_are_named(settings: Settings, tmp_path: Path) -> None:
    """CORS is off, and on for the origins of the settings."""
    named = Settings(models=settings.models, data=tmp_path, cors=("https://page.example",))
    with TestClient(create_app(named)) as client:
        for origin, allowed in (("https://page.example", True), ("https://other.example", False)):
            told = client.get("/health/live", headers={"Origin": origin})
            assert ("access-control-allow-origin" in told.headers) is allowed


@pytest.mark.parametrize(("name", "error"), [("none", CaptchakitError), ("broken", ModelError)])
def test_a_service_without_its_model_does_not_start(tmp_path: Path, name: str, error: type[Exception]) -> None:
    """The first model is there and usable, or the service says so at once."""
    (tmp_path / "broken.onnx").write_bytes(b"x")
    with pytest.raises(error, match=name if name == "none" else "model"):
        create_app(Settings(models=(tmp_path,), model=name, data=tmp_path))
