"""`captchakit database` and `captchakit key`: what the service keeps, from the command line."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from captchakit.settings import Settings

if TYPE_CHECKING:
    from captchakit.serving.store.store import Store

database = typer.Typer(help="The service's database.", no_args_is_help=True)
key = typer.Typer(help="API keys, for what changes data and models.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is.")]


def _store() -> Store:
    from captchakit.serving.store.store import Store  # noqa: PLC0415 - solve starts quickly because this loads late

    return Store(Settings.from_environment())


@database.command()
def upgrade() -> None:
    """Bring the tables up to date; `captchakit serve` does so by itself.

    Example: captchakit database upgrade
    """
    from captchakit.serving.store.migrating import revision  # noqa: PLC0415

    store = _store()
    print(f"captchakit: {store.database.engine.url!r} is at revision {revision(store.database)}", file=sys.stderr)
    store.close()


@key.command()
def add(name: Name) -> None:
    """Make a key and print it, for the only time: what is kept is its hash.

    A client sends it as `Authorization: Bearer KEY`.

    Example: captchakit key add me
    """
    store = _store()
    print(store.keys.add(name))
    store.close()


@key.command("list")
def list_keys() -> None:
    """List the names of the keys, and when they were made.

    Example: captchakit key list
    """
    store = _store()
    for name, created in store.keys.names():
        print(f"{name}\t{datetime.fromtimestamp(created, UTC).isoformat(timespec='seconds')}")
    store.close()


@key.command()
def remove(name: Name) -> None:
    """Forget a key: it opens nothing from now on.

    Example: captchakit key remove me
    """
    store = _store()
    store.keys.remove(name)
    store.close()
