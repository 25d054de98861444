"""`captchakit database` and `captchakit key`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from captchakit.serving.store.store import Store
from captchakit.settings import Settings
from tests.conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the environment names."""
    monkeypatch.setenv("CAPTCHAKIT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_upgrade_makes_the_tables(captchakit: Run, data: Path) -> None:
    """Once and again, saying which revision they are at."""
    for _ in range(2):
        ran = captchakit("database", "upgrade")
        assert (ran.status, ran.out) == (0, "")
        assert "is at revision 0001" in ran.err
    assert (data / "captchakit.db").exists()


def test_keys_are_made_listed_and_removed(captchakit: Run, data: Path) -> None:
    """A new key goes to standard output alone, its name is listed, and a second of that name is wrong usage."""
    made = captchakit("key", "add", "me")
    assert (made.status, made.err) == (0, "")
    store = Store(Settings(data=data))
    assert store.keys.owner(made.out.strip()) == "me"
    store.close()
    assert captchakit("key", "list").out.startswith("me\t20")
    assert captchakit("key", "add", "me").status == 2
    assert captchakit("key", "remove", "me").status == 0
    assert captchakit("key", "list").out == ""


def test_a_wrong_url_is_wrong_usage(captchakit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line that names the variable."""
    monkeypatch.setenv("CAPTCHAKIT_DATABASE_URL", "nonsense")
    ran = captchakit("database", "upgrade")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "CAPTCHAKIT_DATABASE_URL" in ran.err
