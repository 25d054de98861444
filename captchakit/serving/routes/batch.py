"""`POST /forward_batch` and `POST /evaluate`: many images in, a line of JSON for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from litestar import post
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from captchakit.errors import DatasetError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import IMAGE_SUFFIXES, Dataset
from captchakit.learning.storage import Storage
from captchakit.measuring.evaluation import evaluate as evaluated
from captchakit.measuring.statistics import percentile
from captchakit.serving import archives
from captchakit.serving.asking import Asked, asked_of
from captchakit.serving.errors import BadRequestError
from captchakit.serving.schema import BatchOperation, EvaluateOperation
from captchakit.serving.service import Service, service_of
from captchakit.serving.streaming import Line, Read, lines
from captchakit.serving.uploads import ARCHIVE, AnyRequest, files_of, is_multipart, save_archive

LINES = "application/x-ndjson"
_encode = msgspec.json.Encoder().encode


class Metrics(msgspec.Struct):
    """What `captchakit benchmark` measures, in the same names; times are those of the service's answers."""

    dataset: str
    n: int
    exact_match: float
    interval: tuple[float, float]
    character_error_rate: float
    yield_: float = msgspec.field(name="yield")
    milliseconds: dict[str, float] = {}
    unreadable: int = 0


class LastLine(msgspec.Struct):
    """The last line of an evaluation."""

    metrics: Metrics


_RESPONSES = {200: ResponseSpec(Line, description="A line of JSON for each image", media_type=LINES)}


@post("/forward_batch", status_code=200, operation_class=BatchOperation, tags=["solve"], responses=_RESPONSES)
async def forward_batch(request: AnyRequest) -> Stream:
    """Read several images, or all of a zip, and tell each in a line of JSON as soon as it is ready."""
    service, asked = service_of(request), asked_of(request)
    _check_asked(service, asked)
    seconds = service.settings.request_seconds
    images = await files_of(request, seconds) if is_multipart(request) else []
    if images:
        files = [(image.filename or str(number), image.read, None) for number, image in enumerate(images)]
        return _stream(_encoded(lines(service, asked, files)))
    return _stream(await _begun(_from_archive(request, service, asked)))


@post("/evaluate", status_code=200, operation_class=EvaluateOperation, tags=["solve"], responses=_RESPONSES)
async def evaluate(
    request: AnyRequest,
    split: Annotated[Literal["all", "train", "validation", "test"], QueryParameter()] = "all",
    ignore_case: Annotated[bool | None, QueryParameter(description="Count a as A.")] = None,
) -> Stream:
    """Read all images of a labelled dataset's zip, and end with the metrics of `captchakit benchmark`."""
    service, asked = service_of(request), asked_of(request)
    _check_asked(service, asked)
    return _stream(await _begun(_evaluation(request, service, asked, split, bool(ignore_case))))


def _check_asked(service: Service, asked: Asked) -> None:
    """Refuse what cannot be met before the first line is sent."""
    asked.constraint()
    service.models.named(asked.model)


async def _from_archive(request: AnyRequest, service: Service, asked: Asked) -> AsyncIterator[bytes]:
    with archives.incoming(service.settings.data / "incoming") as path:
        storage = await _archive(request, service, path)
        names = [n for n in storage.files() if Path(n).suffix.lower() in IMAGE_SUFFIXES]
        if not names:
            raise BadRequestError("the archive holds no image")
        yield b""  # until here what is wrong is told by the status
        async for line in _encoded(lines(service, asked, _files(service, storage, ((n, None) for n in names)))):
            yield line


async def _evaluation(
    request: AnyRequest, service: Service, asked: Asked, split: str, ignore_case: bool
) -> AsyncIterator[bytes]:
    with archives.incoming(service.settings.data / "incoming") as path:
        storage = await _archive(request, service, path)
        dataset = await service.apart(datasets.read, storage, ARCHIVE)
        items = dataset.split(split)
        _check_files(storage, [item.file for item in items])
        told: list[Line] = []
        yield b""
        files = _files(service, storage, ((i.file, i.label) for i in items))
        async for line in lines(service, asked, files):
            told.append(line)
            yield _encode(line) + b"\n"
        yield _encode(LastLine(_metrics(dataset, told, ignore_case))) + b"\n"


def _check_files(storage: Storage, files: list[str]) -> None:
    """Refuse labels of images that are not there before anything is read; raises `DatasetError`."""
    lost = [file for file in files if file not in storage]
    if lost:
        raise DatasetError(
            f"of the images that are labelled {len(lost)} are not in the archive, such as {lost[0][:100]!r}"
        )


def _metrics(dataset: Dataset, told: list[Line], ignore_case: bool) -> Metrics:
    texts = [line.answer.text if line.answer else "" for line in told]
    found = evaluated(texts, [line.label or "" for line in told], ignore_case=ignore_case or not dataset.case_sensitive)
    times = [line.answer.elapsed_ms for line in told if line.answer]
    spread = {"median": percentile(times, 50), "p95": percentile(times, 95)} if times else {}
    return Metrics(
        dataset=dataset.name,
        n=found.n,
        exact_match=round(found.exact_match, 6),
        interval=(round(found.interval[0], 6), round(found.interval[1], 6)),
        character_error_rate=round(found.character_error_rate, 6),
        yield_=round(found.segmentation_yield, 6),
        milliseconds={name: round(value, 4) for name, value in spread.items()},
        unreadable=sum(line.answer is None for line in told),
    )


async def _archive(request: AnyRequest, service: Service, path: Path) -> Storage:
    settings = service.settings
    await save_archive(request, settings.request_seconds, path)
    return await service.apart(archives.opened, path, settings.max_archive_bytes, settings.max_image_bytes)


def _files(
    service: Service, storage: Storage, named: Iterable[tuple[str, str | None]]
) -> Iterable[tuple[str, Read, str | None]]:
    for name, label in named:
        yield name, partial(service.apart, _read, storage, name), label


def _read(storage: Storage, name: str) -> bytes:
    try:
        return storage.read(name)
    except KeyError:
        raise BadRequestError("there is no such image in the archive") from None


async def _encoded(told: AsyncIterator[Line]) -> AsyncIterator[bytes]:
    async for line in told:
        yield _encode(line) + b"\n"


async def _begun(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Run up to the first chunk, so that what goes wrong before it is answered by a status of its own."""
    first = await anext(chunks)

    async def rest() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return rest()


def _stream(chunks: AsyncIterator[bytes]) -> Stream:
    return Stream(chunks, media_type=LINES)
