"""A checkpoint is taken up by the training that it is of, and by no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from captchakit.errors import LearningError
from captchakit.learning.checkpoint import Checkpoint, State


@pytest.mark.parametrize(
    ("kept", "asked", "differs"),
    [
        ({"seed": 0}, {"seed": 1}, "seed"),
        ({"seed": 0}, {"seed": 0, "alphabet": "ab"}, "alphabet"),
        ({"seed": 0, "alphabet": "ab"}, {"seed": 0}, "alphabet"),
    ],
)
def test_another_training_is_refused_by_what_it_differs_in(
    tmp_path: Path, kept: dict[str, object], asked: dict[str, object], differs: str
) -> None:
    """Also where the file knows nothing of what is asked, as one that an older version wrote."""
    Checkpoint(tmp_path / "c", kept).save(State({}, {}))
    with pytest.raises(LearningError, match=f"of another training: it differs in {differs}$"):
        Checkpoint(tmp_path / "c", asked).load()


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """Facts and arrays; an option that is not set is the same as one that is not there."""
    saved = State({"done": 3}, {"weights": np.arange(3.0)})
    Checkpoint(tmp_path / "c", {"seed": 0}).save(saved)
    loaded = Checkpoint(tmp_path / "c", {"seed": 0, "groups": None}).load()
    assert loaded.facts == saved.facts
    np.testing.assert_array_equal(loaded.arrays["weights"], saved.arrays["weights"])
