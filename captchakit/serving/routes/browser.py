"""The page at `/browser`, which reads without the service: what it needs are files of this package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from captchakit.reading.library import DEFAULT_MODEL, SUFFIX, shipped
from captchakit.serving import packed
from captchakit.serving.errors import NotThereError
from captchakit.serving.routes.page import FRESH, MEDIA

FILES = Path(__file__).parents[1] / "web" / "browser"
PLAIN = {".html": MEDIA[".html"], ".js": MEDIA[".js"]}
PACKED = {"ort.js": MEDIA[".js"], "ort.glue.js": MEDIA[".js"], "ort.wasm": "application/wasm"}
MODEL = f"{DEFAULT_MODEL}{SUFFIX}"


@get("/browser", include_in_schema=False, sync_to_thread=False)
def browser() -> Response[bytes]:
    """Return the page."""
    return Response(files()["index.html"], media_type=PLAIN[".html"], headers=FRESH)


@get("/browser/{name:str}", include_in_schema=False, sync_to_thread=False)
def browser_file(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return a file of the page: a script, ONNX Runtime, or the shipped model."""
    if name not in files():
        raise NotThereError(f"there is no file {name!r}")
    if name in PACKED:
        return packed.answer(files()[name], PACKED[name], request, {"Cache-Control": "public, max-age=86400"})
    return Response(files()[name], media_type=PLAIN.get(Path(name).suffix, "application/octet-stream"), headers=FRESH)


@lru_cache(maxsize=1)
def files() -> dict[str, bytes]:
    """Return the files of the page by name, those of `PACKED` packed, and the model."""
    found = {path.name: path.read_bytes() for path in FILES.iterdir() if path.suffix in PLAIN}
    found |= {name: (FILES / f"{name}.gz").read_bytes() for name in PACKED}
    return {**found, MODEL: (shipped("models") / MODEL).read_bytes()}
