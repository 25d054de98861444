"""Whose key it is, without asking the database each time."""

from __future__ import annotations

from time import monotonic

from captchakit.serving.store.keys import Keys, digest

HELD_SECONDS = 5.0
"""How long a worker trusts what it knows of a key: as long may a removed one still open."""

HELD_KEYS = 256


class Owners:
    """Whose key it is, asked of the database once in a while."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._known: dict[str, tuple[float, str | None]] = {}

    def owner(self, key: str) -> str | None:
        """Return the name of a key, None for an unknown one."""
        now = monotonic()
        held = digest(key)  # keys themselves are held nowhere
        until, name = self._known.get(held, (0.0, None))
        if until > now:
            return name
        if len(self._known) >= HELD_KEYS:
            self._known.clear()
        name = self._keys.owner(key)
        self._known[held] = now + HELD_SECONDS, name
        return name

    def any(self) -> bool:
        """Whether there is a key at all."""
        return self._keys.any()
