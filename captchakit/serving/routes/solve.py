"""`POST /solve` and `POST /forward`: an image in, its text out."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from litestar import Response, post
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec

from captchakit.errors import ImageError, OptionError
from captchakit.serving.annotating import annotated
from captchakit.serving.answers import Answer
from captchakit.serving.asking import asked_of
from captchakit.serving.errors import BadRequestError, NotThereError, RefusedError
from captchakit.serving.observing import REASON
from captchakit.serving.problems import problem
from captchakit.serving.schema import FormOperation, ImageOperation
from captchakit.serving.service import service_of
from captchakit.serving.uploads import AnyRequest, image_of, is_multipart

BAD_REQUEST = "bad request"
UNREADABLE = "модель не смогла обработать данные"


class Forwarded(msgspec.Struct):
    """An answer, and the image with boxes and text drawn into it: a PNG in base64."""

    result: Answer
    image: str


@post("/solve", status_code=200, operation_class=ImageOperation, tags=["solve"])
async def solve(request: AnyRequest) -> Answer:
    """Read one image."""
    service, asked = service_of(request), asked_of(request)
    return await service.solve(await image_of(request, service.settings.request_seconds), asked)


def _plain(status: int, text: str) -> Any:
    def answer(request: AnyRequest, error: Exception) -> Response[Any]:
        # A body that is too large and the like are as everywhere: only a wrong request is of the contract.
        if isinstance(error, HTTPException) and error.status_code != status:
            return problem(request, error)
        request.scope[REASON] = str(error)  # type: ignore[literal-required]
        return Response(text, status_code=status, media_type="text/plain; charset=utf-8")

    return answer


CONTRACT = {
    **dict.fromkeys((BadRequestError, OptionError, NotThereError, ValidationException), _plain(400, BAD_REQUEST)),
    **dict.fromkeys((ImageError, RefusedError), _plain(403, UNREADABLE)),
}


def _text(told: str) -> ResponseSpec:
    return ResponseSpec(str, description=f"The text `{told}`", media_type="text/plain", generate_examples=False)


@post(
    "/forward",
    status_code=200,
    operation_class=FormOperation,
    tags=["solve"],
    exception_handlers=CONTRACT,
    responses={400: _text(BAD_REQUEST), 403: _text(UNREADABLE)},
)
async def forward(request: AnyRequest) -> Forwarded:
    """Read one image of a form and draw the answer into it.

    A wrong request is answered by the plain text `bad request`, an image that the model cannot read by another one.
    """
    service, asked = service_of(request), asked_of(request)
    if not is_multipart(request):
        raise BadRequestError("the image comes as the multipart field 'image'")
    data = await image_of(request, service.settings.request_seconds)
    answer = await service.solve(data, asked)
    if answer.reason is not None:
        raise RefusedError(f"the model withholds its answer: {answer.reason}")
    drawn = await service.apart(annotated, data, answer)
    return Forwarded(answer, base64.b64encode(drawn).decode())
