"""What a client sends, read within its limits of bytes and seconds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, BinaryIO

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException, InternalServerException

from captchakit.serving.errors import BadRequestError, ClientGoneError, TooSlowError

FIELD, ARCHIVE = "image", "archive"
CHUNK = 2**20
AnyRequest = Request[Any, Any, Any]


async def image_of(request: AnyRequest, seconds: float) -> bytes:
    """Return the image of a request: its multipart field `image`, or else its whole body.

    Raises `BadRequestError` where there is none, `TooSlowError`, `ClientGoneError`.
    """
    if is_multipart(request):
        files = await files_of(request, seconds)
        if not files:
            raise BadRequestError(f"the form has no file in a field {FIELD!r}")
        if len(files) > 1:
            raise BadRequestError(f"the form has {len(files)} files in the field {FIELD!r}, not one")
        data = await files[0].read()
    else:
        data = await _in_time(request.body(), seconds)
    if not data:
        raise BadRequestError("the request brings no image: send it as the body, or as the multipart field 'image'")
    return bytes(data)


async def body_of(request: AnyRequest, seconds: float) -> bytes:
    """Return the whole body; raises `TooSlowError`, `ClientGoneError`."""
    return bytes(await _in_time(request.body(), seconds))


async def files_of(request: AnyRequest, seconds: float, field: str = FIELD) -> list[UploadFile]:
    """Return the files of a multipart field; raises `BadRequestError` where the form is none."""
    form = await _in_time(request.form(), seconds)
    return [value for value in form.getall(field, []) if isinstance(value, UploadFile)]


async def save_archive(request: AnyRequest, seconds: float, path: Path) -> None:
    """Write the archive of a request to a file: its multipart field `archive`, or else its whole body.

    Raises `BadRequestError` where there is none, `TooSlowError`, `ClientGoneError`.
    """
    with path.open("wb") as stream:
        if is_multipart(request):
            files = await files_of(request, seconds, ARCHIVE)
            if len(files) != 1:
                raise BadRequestError(f"the form has {len(files)} files in the field {ARCHIVE!r}, not one")
            while chunk := await files[0].read(CHUNK):
                stream.write(chunk)
        else:
            await _in_time(_streamed(request, stream), seconds)
        if stream.tell() == 0:
            raise BadRequestError(f"the request brings no archive: send it as the body, or in the field {ARCHIVE!r}")


async def _streamed(request: AnyRequest, stream: BinaryIO) -> None:
    async for chunk in request.stream():
        stream.write(chunk)


def is_multipart(request: AnyRequest) -> bool:
    """Whether the body is a form with files; a plain form is what curl calls a raw body unless told otherwise."""
    return bool(request.content_type[0] == "multipart/form-data")


async def _in_time(reading: Any, seconds: float) -> Any:
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except TimeoutError:
        raise TooSlowError(f"the request was not whole after {seconds:g} s") from None
    except InternalServerException as error:  # Litestar's word for it
        raise ClientGoneError(error.detail) from None
    except ClientException as error:
        if error.status_code != 400:
            raise
        raise BadRequestError(f"the form cannot be read: {error.detail}") from None
