"""Files that lie packed in the package, answered as they lie where the client can unpack them."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response


def answer(
    packed: bytes, media_type: str, request: Request[Any, Any, Any], headers: Mapping[str, str]
) -> Response[bytes]:
    """Return a file that gzip has packed."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(packed), media_type=media_type, headers=headers)
    return Response(packed, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"})
