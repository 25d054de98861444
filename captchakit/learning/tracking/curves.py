"""Learning curves as a table and as a plot."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from captchakit.errors import OptionError


def curves_tsv(history: Sequence[Mapping[str, float]]) -> bytes:
    """Return the passes' metrics as a table between tabs, with a header."""
    if not history:
        return b""
    names = list(history[0])
    lines = ["\t".join(names), *("\t".join(f"{row[n]:g}" for n in names) for row in history)]
    return ("\n".join(lines) + "\n").encode()


def curves_png(history: Sequence[Mapping[str, float]], title: str) -> bytes:
    """Return loss and validation score over the passes as a PNG; raises `OptionError` without matplotlib."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise OptionError(f"plots need captchakit-ocr with the extra 'track': {error}") from None
    passes = [row["epoch"] for row in history]
    figure = Figure(figsize=(7, 3), layout="constrained")
    losses, scores = figure.subplots(1, 2)
    # One pass is a point, which a line alone would not show.
    losses.plot(passes, [row["loss"] for row in history], marker=".", color="tab:red")
    losses.set(xlabel="pass", ylabel="training loss", title=title)
    scores.plot(passes, [row["exact_match"] for row in history], marker=".", color="tab:blue")
    scores.set(xlabel="pass", ylabel="exact match on validation", ylim=(-0.02, 1.02))
    for part in (losses, scores):
        part.grid(alpha=0.3)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110, metadata={"Software": None})
    return stream.getvalue()
