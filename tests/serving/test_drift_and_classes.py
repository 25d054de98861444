"""Drift, and models that classify."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from captchakit.reading.card import Recipe
from captchakit.reading.pipeline import Pipeline
from captchakit.registry import Step
from captchakit.serving.app import create_app
from captchakit.serving.counting import Counts
from captchakit.serving.drift import LEAST, WINDOW, Drift
from captchakit.serving.models import Running
from captchakit.settings import Settings
from tests import graphs
from tests.serving.conftest import Client

TYPES = Recipe((Step("gray", {}),), Step("whole", {}), Step("symbols", {}))


def running(**scores: float) -> Running:
    pipeline = Pipeline.load(graphs.model(graphs.card(scores=scores)))
    return Running("m", "0" * 64, pipeline, Path())


def gauge(counts: Counts, name: str) -> float | None:
    found = re.search(rf'^captchakit_{name}\{{model="m"\}} (\S+)$', counts.text().decode(), re.MULTILINE)
    return float(found[1]) if found else None


@pytest.mark.parametrize(
    ("confidences", "alert"),
    [
        ([0.9] * LEAST, 0.0),
        ([0.85, 0.9] * LEAST, 0.0),
        ([0.9] * WINDOW + [0.4] * WINDOW, 1.0),
        ([0.0, 1.0] * LEAST, 1.0),
    ],
)
def test_a_drift_is_told_where_confidence_falls(confidences: list[float], alert: float) -> None:
    """Against the exact match on validation, over the latest answers, beyond a margin."""
    counts = Counts()
    drift = Drift(counts)
    model = running(exact_match=0.9, n=500)
    for confidence in confidences:
        drift.answered(model, confidence)
    assert gauge(counts, "drift_alert") == alert
    latest = confidences[-WINDOW:]
    assert gauge(counts, "drift") == pytest.approx(0.9 - sum(latest) / len(latest))


def test_a_few_answers_or_no_scores_are_no_drift() -> None:
    """Nothing is said before there is something to say."""
    counts = Counts()
    drift = Drift(counts)
    for _ in range(LEAST - 1):
        drift.answered(running(exact_match=0.9, n=500), 0.0)
    for _ in range(LEAST):
        drift.answered(running(), 0.0)
    assert gauge(counts, "drift") is None


@pytest.fixture(scope="module")
def client(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A service with a model for types beside those for text."""
    folder = tmp_path_factory.mktemp("types")
    card = graphs.card(name="papers", task="types", alphabet=("bill", "letter", "form"), recipe=TYPES)
    (folder / "papers.onnx").write_bytes(graphs.model(card))
    data = tmp_path_factory.mktemp("data")
    with TestClient(create_app(Settings(models=(models_folder, folder), data=data))) as made:
        yield made


def test_an_image_is_classified(client: Client, fresh: Callable[..., bytes]) -> None:
    """By the model that is named, or else by one that is not for text; the answer is a label with its confidence."""
    image = fresh()
    told = client.post("/classify", content=image, params={"model": "papers"}).json()
    assert client.post("/classify", content=image).json()["task"] != "text"
    assert (told["model"], told["task"], len(told["labels"])) == ("papers", "types", 1)
    assert told["labels"][0]["label"] in ("bill", "letter", "form")
    again = client.post("/classify", files={"image": image}, headers={"X-Captchakit-Model": "papers"}).json()
    assert again == {**told, "cached": True}
    drawn = client.post("/forward", files={"image": image}, headers={"X-Captchakit-Model": "papers"}).json()
    assert drawn["result"]["text"] == told["labels"][0]["label"]


def test_a_model_for_text_does_not_classify(client: Client, fresh: Callable[..., bytes]) -> None:
    """It is refused by name."""
    assert client.post("/classify", content=fresh(), params={"model": "general"}).status_code == 400
    assert client.post("/classify", content=b"no image").status_code == 422


def test_trainings_are_counted_by_state(client: Client) -> None:
    """For Prometheus, by the worker that looks for deployments."""
    until = time.monotonic() + 10
    while 'captchakit_trainings{state="failed"} 0.0' not in client.get("/metrics").text:
        assert time.monotonic() < until
        time.sleep(0.1)
