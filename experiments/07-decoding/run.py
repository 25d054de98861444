"""What exact decoding costs, and what the confidence means on schemes that no model has learned from.

    python experiments/07-decoding/run.py SCHEMES --drawings 1200

SCHEMES is the folder that holds the schemes. The calibration is fitted on drawings never trained on, the schemes' test
splits are only scored. Needs the train extra. Writes results.json and results.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from captchakit.learning import dataset as datasets
from captchakit.learning.calibrating import fitted
from captchakit.learning.dataset import Dataset
from captchakit.learning.drawing import draw
from captchakit.measuring.coverage import Coverage
from captchakit.reading.calibration import Calibration, expected_calibration_error
from captchakit.reading.image import decode
from captchakit.reading.library import Library
from captchakit.reading.pipeline import Pipeline
from captchakit.types import ANYTHING, Constraint, Predictions

HERE = Path(__file__).resolve().parent
APART = "hanzi-3"
HELD_OUT = 1_500_000_000
"""Drawings from this seed on are neither trained on nor looked at while training."""

KINDS: Mapping[str, tuple[Constraint, int]] = {
    "nothing known": (ANYTHING, 1),
    "alphabet of 36": (Constraint(frozenset("0123456789abcdefghijklmnopqrstuvwxyz")), 1),
    "case ignored": (Constraint(case="ignore"), 1),
    "length 3-8": (Constraint(length=(3, 8)), 1),
    "pattern [A-Za-z0-9]{3,8}": (Constraint(pattern="[A-Za-z0-9]{3,8}"), 1),
    "nothing known, top 5": (ANYTHING, 5),
}


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemes", type=Path)
    parser.add_argument("--drawings", type=int, default=1200)
    parser.add_argument("--model")
    given = parser.parse_args()
    pipeline = Library().open(given.model)
    drawn = list(_drawn(pipeline, given.drawings))
    answers = [(pipeline.codec.decode(spoken), label) for spoken, label in drawn]
    calibration = fitted([a.confidence for a, _ in answers], [a.text == label for a, label in answers])
    schemes = sorted(p.parent for p in given.schemes.glob("*/dataset.toml") if p.parent.name != APART)
    result = {
        "model": pipeline.name,
        "saved": pipeline.card.saved,
        "drawings": {"n": len(drawn), "exact": float(np.mean([a.text == label for a, label in answers]))},
        "calibration": {"slope": calibration.slope, "intercept": calibration.intercept},
        "milliseconds": [_timed(pipeline, kind, [spoken for spoken, _ in drawn[:150]]) for kind in KINDS],
        "schemes": list(_scored(pipeline, [datasets.load(s) for s in schemes], calibration)),
    }
    (HERE / "results.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (HERE / "results.md").write_text(_markdown(result), encoding="utf-8")


def _drawn(pipeline: Pipeline, count: int) -> Iterator[tuple[Predictions, str]]:
    for seed in range(HELD_OUT, HELD_OUT + count):
        drawing = draw("any", seed)
        glyphs = pipeline.prepare(drawing.image).glyphs
        label = drawing.label.replace("\N{MULTIPLICATION SIGN}", "x")
        yield Predictions(pipeline.probabilities(glyphs), glyphs), label


def _timed(pipeline: Pipeline, kind: str, drawn: Sequence[Predictions]) -> dict[str, Any]:
    """Return the milliseconds of decoding, the best of seven runs an image, of clear images and of all."""
    constraint, top = KINDS[kind]
    clear, every = [], []
    for spoken in drawn:
        seconds = []
        for _ in range(7):
            started = perf_counter()
            solution = pipeline.codec.decode(spoken, constraint, top)
            seconds.append(perf_counter() - started)
        every.append(min(seconds) * 1000)
        if solution.confidence > 0.9:
            clear.append(every[-1])
    said = {"clear": np.median(clear), "median": np.median(every), "p95": np.percentile(every, 95)}
    return {"known": kind, **{name: round(float(value), 4) for name, value in said.items()}}


def _scored(pipeline: Pipeline, schemes: Sequence[Dataset], calibration: Calibration) -> Iterator[dict[str, Any]]:
    """Yield a scheme's row, and last that of all images together."""
    everything: list[tuple[float, bool]] = []
    for scheme in schemes:
        known = Constraint(frozenset(scheme.alphabet), case="ignore")
        pairs = []
        for item in scheme.split("test"):
            drawn = pipeline.prepare(decode(scheme.read(item)))
            spoken = Predictions(pipeline.probabilities(drawn.glyphs), drawn.glyphs)
            answer = pipeline.codec.decode(spoken, known)
            pairs.append((answer.confidence, answer.text.lower() == item.label.lower()))
        everything += pairs
        yield _row(scheme.name, pairs, calibration)
    yield _row("all together", everything, calibration)


def _row(name: str, pairs: Sequence[tuple[float, bool]], calibration: Calibration) -> dict[str, Any]:
    sure, right = [c for c, _ in pairs], [r for _, r in pairs]
    curve = Coverage.of(sure, right)
    return {
        "scheme": name,
        "n": len(pairs),
        "exact": float(np.mean(right)),
        "ece_given": expected_calibration_error(sure, right),
        "ece_calibrated": expected_calibration_error([calibration(c) for c in sure], right),
        "at_99": curve.at_precision(0.99),
        "aurc": curve.risk,
    }


def _markdown(result: Mapping[str, Any]) -> str:
    lines = ["| what is known | ms, clear images | ms, median | ms, p95 |", "|---|---:|---:|---:|"]
    lines += [
        f"| {t['known']} | {t['clear']:.3f} | {t['median']:.3f} | {t['p95']:.3f} |" for t in result["milliseconds"]
    ]
    lines += [
        "",
        "| scheme | n | exact | ECE as given | ECE calibrated | at 99 % | AURC |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {s['scheme']} | {s['n']} | {s['exact']:.3f} | {s['ece_given']:.3f} | {s['ece_calibrated']:.3f} "
        f"| {s['at_99']:.3f} | {s['aurc']:.3f} |"
        for s in result["schemes"]
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
