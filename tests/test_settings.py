"""Settings from the environment."""

import os
from pathlib import Path

import pytest

from captchakit.settings import Settings


@pytest.mark.parametrize(
    ("value", "folders"), [(None, ()), ("", ()), ("/a", ("/a",)), (f"/a{os.pathsep}{os.pathsep}b", ("/a", "b"))]
)
def test_model_folders_are_separated_as_in_path(value: str | None, folders: tuple[str, ...]) -> None:
    """`CAPTCHAKIT_MODELS` may be missing, empty, one folder or several."""
    given = {} if value is None else {"CAPTCHAKIT_MODELS": value}
    assert Settings.from_environment(given).models == tuple(map(Path, folders))
