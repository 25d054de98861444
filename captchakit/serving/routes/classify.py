"""`POST /classify`: which type of document an image is, or which labels it has."""

from __future__ import annotations

import msgspec
from litestar import post

from captchakit.serving.asking import asked_of
from captchakit.serving.errors import BadRequestError
from captchakit.serving.schema import ImageOperation
from captchakit.serving.service import service_of
from captchakit.serving.uploads import AnyRequest, image_of


class Label(msgspec.Struct):
    """A label, and the probability that it is right."""

    label: str
    confidence: float


class Classified(msgspec.Struct):
    """An image's labels, one for a model of types, any number for one of several labels."""

    labels: list[Label]
    confidence: float
    task: str
    model: str
    elapsed_ms: float
    cached: bool
    image_hash: str
    reason: str | None = None


@post("/classify", status_code=200, operation_class=ImageOperation, tags=["solve"])
async def classify(request: AnyRequest) -> Classified:
    """Classify one image by the model that is named, or else by the first one that is not for text."""
    service, asked = service_of(request), asked_of(request)
    running = await service.apart(service.models.classifying, asked.model)
    if running.card.task == "text":
        raise BadRequestError(f"model {running.name!r} reads text; ask POST /solve")
    data = await image_of(request, service.settings.request_seconds)
    answer = await service.answers.solve(data, running, msgspec.structs.replace(asked, model=running.name))
    labels = [Label(s.label, s.confidence) for s in answer.symbols]
    about = (answer.model, answer.elapsed_ms, answer.cached, answer.image_hash, answer.reason)
    return Classified(labels, answer.confidence, running.card.task, *about)
