"""Who may do what: keys for what changes data and models, and for everything where the settings say so."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import SecurityScheme

from captchakit.serving.errors import ClosedError, KeyMissingError
from captchakit.serving.service import Service

SCHEMES = {
    "key": SecurityScheme(type="http", scheme="bearer", description="A key of `captchakit key add`."),
    "header": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
}
REQUIREMENT: list[dict[str, list[str]]] = [{"key": []}, {"header": []}]


def given_key(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the key of a request, from `Authorization: Bearer` or `X-API-Key`, empty where there is none."""
    kind, _, value = connection.headers.get("authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else connection.headers.get("x-api-key", "")


async def needs_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let a request with a known key pass; raises `KeyMissingError`, or `ClosedError` where no key was ever made."""
    service: Service = connection.app.state.service
    key = given_key(connection)
    if key and await service.apart(service.owners.owner, key) is not None:
        return
    if not await service.apart(service.owners.any):
        raise ClosedError("this is closed until a key is made on the server: captchakit key add NAME")
    raise KeyMissingError("this needs a key: send it as 'Authorization: Bearer KEY'")
