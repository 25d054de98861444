"""A model that looks again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from captchakit.learning.export import recarded
from captchakit.reading.card import Looks
from captchakit.reading.model import Model
from captchakit.registry import Step


@pytest.fixture(scope="session")
def looking(reader: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small reader, which looks at pictures made twice as wide where it is not sure."""
    card = Model.open(reader).card
    wider = tuple(Step("scale", {**s.options, "across": 2.0}) if s.name == "scale" else s for s in card.recipe.filters)
    path = tmp_path_factory.mktemp("looking") / "looking.onnx"
    path.write_bytes(recarded(reader.read_bytes(), replace(card, looks=Looks((wider,), 0.9))))
    return path
