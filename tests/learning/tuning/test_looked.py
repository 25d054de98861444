"""Looking again while a model is tuned is what it does when it solves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from captchakit import Pipeline
from captchakit.learning.dataset import Dataset
from captchakit.learning.export import recarded
from captchakit.learning.tuning import Start, tune
from captchakit.learning.tuning.heard import Read
from captchakit.learning.tuning.looked import Looked, Looker
from captchakit.learning.tuning.ways import way_of
from captchakit.reading.calibration import AS_GIVEN
from captchakit.reading.card import Looks
from tests.readers import ALPHABET


@pytest.fixture
def looker(looking: Path) -> Looker:
    """The small reader in its own alphabet, which looks as it is and then twice as wide."""
    start = Start.of(looking, tuple(ALPHABET))
    return Looker.of(start, start.ways())


def test_what_is_answered_is_what_solving_answers(looking: Path, looker: Looker, letters: Dataset) -> None:
    """Texts and numbers of looks are those of the pipeline, and confidence is before calibration."""
    data = replace(letters, items=letters.items[:20], alphabet=tuple(ALPHABET))
    _, pictures, heard = way_of(looker.first, data, data.items, 0)
    looked = looker.look(looker.first.adapted(0), [pictures[item.file] for item in data.items], heard.said)
    model = looking.read_bytes()
    pipeline = Pipeline.load(recarded(model, replace(Pipeline.load(model).card, calibration=AS_GIVEN)))
    seen = [pipeline.see(data.read(item)) for item in data.items]
    assert looked.texts == [each.solution.text for each in seen]
    assert looked.looks == [each.looks for each in seen]
    assert np.allclose(looked.confidences, [each.solution.confidence for each in seen], atol=0.02)
    assert looked.read([item.label for item in data.items]).exact > 0.7


def test_the_first_look_is_not_taken_twice(looking: Path, looker: Looker) -> None:
    """Whichever comes first, each way is there once; where there is one way, there is no further look."""
    wider = looker.further[0]
    turned = Looker.of(wider, Start.of(looking, tuple(ALPHABET)).ways())
    assert turned.looks == Looks((looker.first.recipe.filters,), 0.9)
    assert Looker.of(wider, [wider]).looks.filters == ()


def test_confidence_is_fitted_to_answers_that_took_several_looks() -> None:
    """Half of the answers at 0.5 of those that looked again are wrong at 0.9; the others do not count."""
    looked = Looked(["a"] * 80, [0.9] * 60 + [1.0] * 20, [2] * 60 + [1] * 20)
    looks = looked.calibrated(Looks((), 0.8), ["a", "b"] * 40)
    assert looks.below == 0.8
    assert looks.calibration.n == 60
    assert looks.calibration(0.9) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("much", "again"), [(1.0, 1), (-1.0, 0)])
def test_a_tuned_model_looks_again_where_no_less_is_read_so(
    looking: Path, letters: Dataset, monkeypatch: pytest.MonkeyPatch, much: float, again: int
) -> None:
    """The other ways of the model that was gone on from are in the new one's card, or none of them is."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 400)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    monkeypatch.setattr(Looked, "read", lambda *_: Read(much, much))
    card = Pipeline.load(tune(replace(letters, items=letters.items[:18]), looking, name="mine")[0]).card
    assert len(card.looks.filters) == again
