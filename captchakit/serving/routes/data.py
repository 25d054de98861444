"""`PUT /add_data`: a dataset's zip into a kept dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from litestar import put
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from captchakit.learning import dataset as datasets
from captchakit.serving import archives
from captchakit.serving.adding import Verdict, add
from captchakit.serving.schema import ArchiveOperation
from captchakit.serving.service import Service
from captchakit.serving.uploads import AnyRequest, save_archive

DEFAULT = "default"
DatasetName = Annotated[
    str, QueryParameter(description="Which kept dataset.", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
]


class Added(msgspec.Struct):
    """A dataset's version after an upload, and what became of each of its rows."""

    dataset: str
    version: int
    images: int
    digest: str
    added: int
    skipped: int
    refused: int
    rows: list[Verdict]


@put("/add_data", operation_class=ArchiveOperation, tags=["learn"])
async def add_data(
    request: AnyRequest,
    service: NamedDependency[Service],
    dataset: DatasetName = DEFAULT,
    leave_out: Annotated[bool, QueryParameter(description="Add the rows that can be, instead of none.")] = False,
) -> Added:
    """Add a labelled dataset's zip to a kept dataset as a new version, all of it or nothing.

    An image that is there already with the same label is skipped. A row with an image that is missing, cannot be
    read, or is there with another label or split is refused, and then nothing is added unless `leave_out` is set.
    """
    with archives.incoming(service.settings.data / "incoming") as path:
        await save_archive(request, service.settings.request_seconds, path)
        return await service.apart(_add, service, path, dataset, leave_out)


def _add(service: Service, path: Path, name: str, leave_out: bool) -> Added:
    settings = service.settings
    storage = archives.opened(path, settings.max_archive_bytes, settings.max_image_bytes)
    upload = datasets.read(storage, "archive")
    version, judged = add(service.store, name, upload, settings.max_pixels, leave_out=leave_out)
    counts = {s: sum(v.status == s for v in judged.verdicts) for s in ("added", "skipped", "refused")}
    return Added(version.dataset, version.number, version.images, version.digest, **counts, rows=judged.verdicts)
