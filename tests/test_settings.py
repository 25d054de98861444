"""Settings from the environment."""

import os
from pathlib import Path

import pytest

from captchakit.settings import SettingError, Settings


@pytest.mark.parametrize(
    ("value", "folders"), [(None, ()), ("", ()), ("/a", ("/a",)), (f"/a{os.pathsep}{os.pathsep}b", ("/a", "b"))]
)
def test_model_folders_are_separated_as_in_path(value: str | None, folders: tuple[str, ...]) -> None:
    """`CAPTCHAKIT_MODELS` may be missing, empty, one folder or several."""
    given = {} if value is None else {"CAPTCHAKIT_MODELS": value}
    assert Settings.from_environment(given).models == tuple(map(Path, folders))


def test_every_field_has_its_variable() -> None:
    """Each is read in its own type; an empty variable is as good as none."""
    given = {
        "CAPTCHAKIT_QUEUE": "7",
        "CAPTCHAKIT_WINDOW_MS": "0.5",
        "CAPTCHAKIT_KEYED": "yes",
        "CAPTCHAKIT_CORS": "https://a.example, https://b.example",
        "CAPTCHAKIT_DATA": "/d",
        "CAPTCHAKIT_MODEL": "",
    }
    settings = Settings.from_environment(given)
    assert (settings.queue, settings.window_ms, settings.keyed, settings.model) == (7, 0.5, True, "general")
    assert settings.cors == ("https://a.example", "https://b.example")
    assert (settings.log, settings.database) == (Path("/d/log_file.log"), "sqlite:////d/captchakit.db")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUEUE", "many"),
        ("QUEUE", "0"),
        ("RATE", "-1"),
        ("KEYED", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("REQUEST_SECONDS", "0"),
    ],
)
def test_a_variable_that_cannot_be_is_named(name: str, value: str) -> None:
    """The error says which one it is."""
    with pytest.raises(SettingError, match=f"^CAPTCHAKIT_{name}"):
        Settings.from_environment({f"CAPTCHAKIT_{name}": value})
