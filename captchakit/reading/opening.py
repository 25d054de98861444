"""From a model file to a model, whoever trained it."""

from __future__ import annotations

from pathlib import Path

from captchakit.reading.model import Model, NoCardError, read
from captchakit.reading.trainer_model import Charsets, TrainerModel

CHARSETS = "charsets.json"


def opened(path: str | Path, data: bytes | None = None) -> Model:
    """Return the model of a file, whose bytes may be at hand already; raises `ModelError`.

    A file without a card is one of dddd_trainer's where its charsets lie beside it, as `NAME.json` or `charsets.json`.
    """
    path = Path(path)
    data = read(path) if data is None else data
    try:
        return Model(data, str(path))
    except NoCardError:
        beside = next((c for c in (path.with_suffix(".json"), path.with_name(CHARSETS)) if c.is_file()), None)
        if beside is None:
            raise
    return TrainerModel(data, Charsets.open(beside), path.stem, str(path))
