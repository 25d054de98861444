"""The web page at `/`, from files of this package, and what it alone asks for."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from litestar import Response, get, post
from litestar.params import FromPath

from captchakit.serving.answers import check_size
from captchakit.serving.asking import asked_of
from captchakit.serving.errors import NotThereError
from captchakit.serving.explaining import Explained, explained
from captchakit.serving.schema import ImageOperation
from captchakit.serving.service import service_of
from captchakit.serving.uploads import AnyRequest, image_of

FILES = Path(__file__).parents[1] / "web" / "page"
MEDIA = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
# Asked about each time, so that a page never runs with the scripts of an older version.
FRESH = {"Cache-Control": "no-cache"}


@get("/", include_in_schema=False, sync_to_thread=False)
def page() -> Response[bytes]:
    """Return the page."""
    return _file("index.html")


@get("/page/{name:str}", include_in_schema=False, sync_to_thread=False)
def page_file(name: FromPath[str]) -> Response[bytes]:
    """Return a file of the page."""
    return _file(name)


@post("/explain", status_code=200, operation_class=ImageOperation, tags=["solve"])
async def explain(request: AnyRequest) -> Explained:
    """Read one image and return it as every stage left it, with boxes and the likeliest labels of each symbol."""
    service, asked = service_of(request), asked_of(request)
    running = await service.apart(service.models.named, asked.model)
    constraint = asked.constraint()
    data = await image_of(request, service.settings.request_seconds)
    check_size(data, service.settings.max_pixels)
    return await service.apart(explained, running.pipeline, data, constraint)


def _file(name: str) -> Response[bytes]:
    if name not in files():
        raise NotThereError(f"there is no file {name!r}")
    return Response(files()[name], media_type=MEDIA[Path(name).suffix], headers=FRESH)


@lru_cache(maxsize=1)
def files() -> dict[str, bytes]:
    """Return the files of the page by name."""
    return {path.name: path.read_bytes() for path in FILES.iterdir() if path.suffix in MEDIA}
