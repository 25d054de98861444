"""Health, models, and the service's numbers."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from captchakit.errors import CaptchakitError
from captchakit.reading.card import FORMAT
from captchakit.serving.models import Listed, Models, Running
from captchakit.serving.service import Service


class Health(msgspec.Struct):
    """Whether the service is well; `checks` says of each part what is wrong with it, or ok."""

    status: str
    checks: dict[str, str] = {}


class Metadata(msgspec.Struct):
    """The current model: its card, and the SHA-256 and size of its file."""

    name: str
    sha256: str
    bytes: int
    format: int
    task: str
    alphabet: list[str]
    framing: dict[str, int]
    recipe: dict[str, Any]
    temperature: float
    training: dict[str, Any]
    scores: dict[str, Any]
    git_commit: str
    saved: str
    experiment: str
    captchakit: str


@get("/health/live", tags=["about"], sync_to_thread=False)
def live() -> Health:
    """Say that the process runs."""
    return Health("ok")


@get("/health/ready", tags=["about"])
async def ready(service: NamedDependency[Service]) -> Response[Health]:
    """Say whether requests can be answered: 503 where they cannot."""
    checks = await service.apart(service.checks)
    well = all(told == "ok" for told in checks.values())
    return Response(Health("ok" if well else "failing", checks), status_code=200 if well else 503)


@get("/metadata", tags=["about"], sync_to_thread=False)
def metadata(service: NamedDependency[Service]) -> Metadata:
    """Return the current model's card."""
    return described(service.models.current)


@get("/models", tags=["about"])
async def models(service: NamedDependency[Service]) -> list[Listed]:
    """List the models that can be named in a request."""
    return await service.apart(listed, service.models)


@get("/metrics", tags=["about"], media_type="text/plain; version=0.0.4; charset=utf-8", sync_to_thread=False)
def metrics(service: NamedDependency[Service]) -> bytes:
    """Return the service's numbers in the text format of Prometheus."""
    return service.counts.text()


def described(running: Running) -> Metadata:
    """Return a model's card as plain values."""
    card = running.card
    return Metadata(
        name=running.name,
        sha256=running.sha256,
        bytes=running.pipeline.model.size,
        format=FORMAT,
        task=card.task,
        alphabet=list(card.alphabet),
        framing={"height": card.framing.height, "width": card.framing.width, "channels": card.framing.channels},
        recipe=card.recipe.to_json(),
        temperature=card.temperature,
        training=dict(card.training),
        scores=dict(card.scores),
        git_commit=card.git_commit,
        saved=card.saved,
        experiment=card.experiment,
        captchakit=version("captchakit-ocr"),
    )


def listed(models: Models) -> list[Listed]:
    """Return all models, those that cannot be used with the reason."""
    return [_listed(models, name) for name in models.names()]


def _listed(models: Models, name: str) -> Listed:
    current = models.current
    size = models.library[name].stat().st_size
    try:
        running = models.named(name)
    except CaptchakitError as error:
        return Listed(name, name == current.name, size, error=str(error))
    card = running.card
    return Listed(
        name,
        running.sha256 == current.sha256,
        size,
        task=card.task,
        alphabet=list(card.alphabet),
        sha256=running.sha256,
        saved=card.saved,
        experiment=card.experiment,
        trained_on=str(card.training.get("dataset", "")),
        scores=dict(card.scores),
    )
