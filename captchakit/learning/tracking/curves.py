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
    """Return loss and validation score over the passes as a PNG; raises `OptionError` without matplotlib.

    A run may learn several times, as folds or with smaller networks: each is a line of its own.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415
    except ImportError as error:
        raise OptionError(f"plots need captchakit-ocr with the extra 'track': {error}") from None
    figure = Figure(figsize=(7, 3), layout="constrained")
    losses, scores = figure.subplots(1, 2)
    for rows in _trainings(history):
        # One pass is a point, which a line alone would not show.
        losses.plot([row["epoch"] for row in rows], [row["loss"] for row in rows], marker=".", color="tab:red")
        scored = [row for row in rows if "exact_match" in row]  # nothing may be held out to validate on
        scores.plot(
            [row["epoch"] for row in scored], [row["exact_match"] for row in scored], marker=".", color="tab:blue"
        )
    losses.set(xlabel="pass", ylabel="training loss", title=title)
    scores.set(xlabel="pass", ylabel="exact match on validation", ylim=(-0.02, 1.02))
    for part in (losses, scores):
        part.grid(alpha=0.3)
        part.xaxis.set_major_locator(MaxNLocator(integer=True))
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110, metadata={"Software": None})
    return stream.getvalue()


def _trainings(history: Sequence[Mapping[str, float]]) -> list[list[Mapping[str, float]]]:
    """Return the passes of each training by itself: one begins where they are counted from 1 again."""
    each: list[list[Mapping[str, float]]] = []
    for row in history:
        if not each or row["pass"] <= each[-1][-1]["pass"]:
            each.append([])
        each[-1].append(row)
    return each
