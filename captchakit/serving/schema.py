"""The OpenAPI document, and its pages from files of this package: they work with no internet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, ScalarRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import (
    Components,
    License,
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
    Tag,
)
from litestar.params import FromPath

from captchakit.serving import packed
from captchakit.serving.asking import parameters
from captchakit.serving.errors import NotThereError
from captchakit.serving.security import SCHEMES

FILES = Path(__file__).parent / "web" / "schema"
MEDIA = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
ADDRESS = "/schema/files"
ICON = '<link rel="icon" href="data:,">'
IMAGE_TYPES = ("application/octet-stream", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")

DESCRIPTION = """Reads text captchas and measures how strong they are. For owners, testers and researchers: the service
reads what is uploaded to it, and never opens a URL itself."""


PROBLEM = "application/problem+json"
_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details as in RFC 9457, and the id under which the log tells of the request.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail", "request_id"), _TEXT),
        "status": _NUMBER,
        "rows": {"type": "array", "items": {"type": "object"}, "description": "What became of each row of an upload."},
    },
}


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with problem details for whatever goes wrong: Litestar knows of its own kind alone."""
    document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    told = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if "" in response.get("content", {}):  # a file's
                    response["content"]["text/plain"] = response["content"].pop("")
                if status[0] in "45" and "application/json" in response.get("content", {}):
                    response["content"] = {PROBLEM: told}
            operation["responses"]["default"] = {"description": "Problem details", "content": {PROBLEM: told}}
    return document


class _Json(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, with_problems(openapi_schema))


class _Swagger(SwaggerRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, with_problems(openapi_schema))


def config() -> OpenAPIConfig:
    """Return where the document lies and how it is shown."""
    swagger = _Swagger(
        js_url=f"{ADDRESS}/swagger-ui-bundle.js",
        css_url=f"{ADDRESS}/swagger-ui.css",
        standalone_preset_js_url=f"{ADDRESS}/swagger-ui-standalone-preset.js",
        favicon=ICON,
    )
    # Without this it would fetch faces from a CDN, and send what is typed through a proxy of its makers.
    quiet = {"withDefaultFonts": False, "proxyUrl": "", "telemetry": False, "hideClientButton": True}
    quiet |= {"showDeveloperTools": "never", "showToolbar": "never", "agent": {"disabled": True}}
    scalar = ScalarRenderPlugin(
        js_url=f"{ADDRESS}/scalar.js", css_url=f"{ADDRESS}/scalar.css", options=quiet, favicon=ICON
    )
    return OpenAPIConfig(
        title="captchakit",
        version=version("captchakit-ocr"),
        description=DESCRIPTION,
        license=License("MIT", identifier="MIT"),
        openapi_router=Router("/schema", route_handlers=[], include_in_schema=False, after_request=_as_everywhere),
        render_plugins=[swagger, scalar, _Json()],
        tags=[
            Tag("solve", "Read images"),
            Tag("learn", "Datasets, experiments, deployments: what changes something needs a key"),
            Tag("about", "Models and the service's state"),
        ],
        components=Components(security_schemes=dict(SCHEMES)),
        use_handler_docstrings=True,
    )


def _as_everywhere(response: Response[Any]) -> Response[Any]:
    """Refuse what Litestar answers by a page of its own, as all other routes do; raises `NotThereError`."""
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise NotThereError("there is no such page of the document")
    return response


@get("/schema/files/{name:str}", include_in_schema=False, sync_to_thread=False)
def schema_file(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return a file of the pages, as it lies packed in the package where the client can unpack it."""
    if name not in files():
        raise NotThereError(f"there is no file {name!r}")
    headers = {"Cache-Control": "public, max-age=86400"}
    return packed.answer(files()[name], MEDIA[Path(name).suffix], request, headers)


@lru_cache(maxsize=1)
def files() -> dict[str, bytes]:
    """Return the files of the pages by name, packed."""
    return {path.stem: path.read_bytes() for path in FILES.glob("*.gz")}


def _form(fields: dict[str, Schema], required: list[str]) -> OpenAPIMediaType:
    return OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT, properties=dict(fields), required=required))


FILE = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, content_media_type="application/octet-stream")


RAW = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))


# Without the decorator nothing would call __post_init__: what litestar's own class is made by does not know of it.
@dataclass
class ImageOperation(Operation):
    """An operation that takes an image as the multipart field `image` or as the raw body."""

    def __post_init__(self) -> None:
        """Say so in the document: the handler reads the body itself."""
        content = {"multipart/form-data": _form({"image": FILE}, ["image"]), **dict.fromkeys(IMAGE_TYPES, RAW)}
        self.parameters = [*(self.parameters or []), *parameters()]
        self.request_body = RequestBody(content=content, required=True)


@dataclass
class BatchOperation(Operation):
    """An operation that takes several images, or a zip of them."""

    def __post_init__(self) -> None:
        """Say so in the document: the handler reads the body itself."""
        several = Schema(type=OpenAPIType.ARRAY, items=FILE)
        form = _form({"image": several, "archive": FILE}, [])
        self.parameters = [*(self.parameters or []), *parameters()]
        self.request_body = RequestBody(content={"multipart/form-data": form, "application/zip": RAW}, required=True)


@dataclass
class EvaluateOperation(Operation):
    """An operation that takes a dataset's zip, and options of answers."""

    def __post_init__(self) -> None:
        """Say so in the document: the handler reads the body itself."""
        ArchiveOperation.__post_init__(self)  # type: ignore[arg-type]
        self.parameters = [*(self.parameters or []), *parameters()]


@dataclass
class ArchiveOperation(Operation):
    """An operation that takes the zip of a dataset as the multipart field `archive` or as the raw body."""

    def __post_init__(self) -> None:
        """Say so in the document: the handler reads the body itself."""
        form = _form({"archive": FILE}, ["archive"])
        self.request_body = RequestBody(content={"multipart/form-data": form, "application/zip": RAW}, required=True)


@dataclass
class RetrainOperation(Operation):
    """An operation that takes what is to be trained as JSON, or nothing for the defaults."""

    def __post_init__(self) -> None:
        """Say so in the document: the handler reads the body itself, because it may be empty."""
        text, number = Schema(type=OpenAPIType.STRING), Schema(type=OpenAPIType.NUMBER, exclusive_minimum=0)
        whole = Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=2**31 - 1)
        properties: dict[str, Schema] = {
            "classifier": text,
            "from": text,
            "dataset": text,
            "version": whole,
            "name": text,
            "recipe": text,
            "options": Schema(type=OpenAPIType.OBJECT),
            "seed": whole,
            "minutes": number,
        }
        schema = Schema(type=OpenAPIType.OBJECT, properties=dict(properties), additional_properties=False)
        self.request_body = RequestBody(content={"application/json": OpenAPIMediaType(schema=schema)})


@dataclass
class FormOperation(Operation):
    """An operation that takes an image as the multipart field `image`."""

    def __post_init__(self) -> None:
        """Say so in the document: the handler reads the body itself."""
        self.parameters = [*(self.parameters or []), *parameters()]
        self.request_body = RequestBody(
            content={"multipart/form-data": _form({"image": FILE}, ["image"])}, required=True
        )
