"""The pilot lays labels on overlapping candidates better than evenness does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from captchakit.learning import dataset as datasets
from captchakit.learning.examples import Framed, frame_all
from captchakit.learning.piloting import described, piloted
from captchakit.learning.recipes import recipe_for
from captchakit.reading.framing import Framing
from captchakit.reading.prepare import Prepare
from captchakit.registry import codecs
from captchakit.stages import Codec
from captchakit.types import Predictions
from tests.pictures import samples, texts, write_dataset


def framed(folder: Path, recipe: str, step: int) -> tuple[list[Framed], Codec]:
    """Return forty drawn captchas of narrow and broad letters, cut and framed, and the recipe's codec."""
    dataset = datasets.load(write_dataset(folder / "d", samples(texts(40, "IWT", 4, 1), "train", step=step), "IWT", 4))
    parts = recipe_for(dataset, recipe)
    images = frame_all(dataset, dataset.items, Prepare.from_recipe(parts), Framing(16, 16))
    return images, codecs.build(parts.codec.name, parts.codec.options, alphabet=dataset.alphabet)


def test_letters_of_unequal_width_are_found(tmp_path: Path) -> None:
    """Where evenness lays half of the labels wrong, the pilot comes to read most images it was shown."""
    images, codec = framed(tmp_path, "cuts", step=24)
    said = piloted(images, codec)
    assert said is not None
    read = [codec.decode(Predictions(p, i.glyphs)).text == i.label for i, p in zip(images, said, strict=True)]
    assert np.mean(read) >= 0.8


def test_there_is_no_pilot_where_there_is_no_choice(tmp_path: Path) -> None:
    """Plain segments lie where they lie."""
    assert piloted(*framed(tmp_path, "contours", step=40)) is None


def test_glyphs_of_any_size_can_be_described() -> None:
    """A row for each glyph, also for one pixel and for none."""
    assert described(np.ones((5, 1, 24, 24), np.float32)).shape == (5, 9 * 36)
    assert described(np.ones((2, 3, 1, 1), np.float32)).shape == (2, 9)
    assert described(np.zeros((0, 1, 8, 8), np.float32)).shape == (0, 9 * 4)
