"""API keys. What is kept is the SHA-256 of a key of 256 random bits: too many to guess, so that no salt is needed."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import delete, func, select

from captchakit.errors import OptionError
from captchakit.serving.store.database import Database
from captchakit.serving.store.tables import keys

PREFIX = "ck_"


class Keys:
    """The table `keys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str) -> str:
        """Make a key and return it, for the only time; raises `OptionError` where the name is taken."""
        if not 1 <= len(name) <= 200:
            raise OptionError("a key's name has 1 to 200 characters")
        key = PREFIX + secrets.token_urlsafe(32)
        row = {"name": name, "hash": digest(key), "created": self._database.now()}
        with self._database.writing() as connection:
            made = self._database.insert(keys).values(row).on_conflict_do_nothing().returning(keys.c.id)
            if connection.execute(made).scalar() is None:
                raise OptionError(f"there is a key named {name!r} already")
        return key

    def remove(self, name: str) -> None:
        """Forget a key; raises `OptionError` where there is none of that name."""
        with self._database.writing() as connection:
            if connection.execute(delete(keys).where(keys.c.name == name)).rowcount != 1:
                raise OptionError(f"there is no key named {name!r}")

    def names(self) -> list[tuple[str, float]]:
        """Return names and times of creation, oldest first."""
        with self._database.reading() as connection:
            return [(r.name, r.created) for r in connection.execute(select(keys).order_by(keys.c.id))]

    def any(self) -> bool:
        """Whether a key was ever made and not removed."""
        with self._database.reading() as connection:
            return bool(connection.execute(select(func.count()).select_from(keys)).scalar())

    def owner(self, key: str) -> str | None:
        """Return the name of a key, None for an unknown one; all are compared, in constant time each."""
        given, found = digest(key), None
        with self._database.reading() as connection:
            for row in connection.execute(select(keys.c.name, keys.c.hash)):
                if hmac.compare_digest(row.hash, given):
                    found = row.name
        return found


def digest(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()
