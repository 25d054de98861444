"""Train both classifiers with `contours` and with `cuts` on each scheme, then score each once on the test split.

    python experiments/01-two-classifiers/run.py SCHEMES --models DIR --measure

SCHEMES is the folder that holds the schemes; models are kept in DIR and not trained twice. --only and --classifiers
name some of them, with commas between.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from captchakit.errors import LearningError
from captchakit.learning import dataset as datasets
from captchakit.learning.fitting import fit
from captchakit.measuring.benchmark import Row, Task, measure_all
from captchakit.reading.pipeline import Pipeline

HERE = Path(__file__).resolve().parent
SCHEMES = ("plain-4", "stroke-digits-4", "binary-digits-5", "wave-6", "ripple-line-5")
CLASSIFIERS = ("sklearn", "cnn")
RECIPES = ("contours", "cuts")


def main() -> None:
    """Train what is missing; with --measure, score everything and write results.json and results.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemes", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--only", default=",".join(SCHEMES))
    parser.add_argument("--classifiers", default=",".join(CLASSIFIERS))
    parser.add_argument("--measure", action="store_true")
    given = parser.parse_args()
    given.models.mkdir(parents=True, exist_ok=True)
    for scheme in given.only.split(","):
        for classifier in given.classifiers.split(","):
            for recipe in RECIPES:
                _train(given.schemes / scheme, classifier, recipe, given.models)
    if given.measure:
        _measure(given.schemes, given.models)


def _train(scheme: Path, classifier: str, recipe: str, models: Path) -> None:
    path = models / f"{scheme.name}-{classifier}-{recipe}.onnx"
    if path.exists():
        return
    data = datasets.load(scheme)
    try:
        model, trained = fit(data, classifier, name=path.stem, recipe=recipe, experiment="01-two-classifiers")
    except LearningError as error:
        print(f"{path.stem}: {error}", flush=True)
        return
    path.write_bytes(model)
    print(f"{path.stem}: validation {trained.exact:.3f}, {len(model) / 1000:.0f} kB", flush=True)


def _measure(schemes: Path, models: Path) -> None:
    both = [(s, models / f"{s}-{c}-{r}.onnx") for s in SCHEMES for c in CLASSIFIERS for r in RECIPES]
    learned = [(s, path) for s, path in both if path.exists()]
    rows = list(measure_all([Task(str(schemes / s), str(path)) for s, path in learned]))
    (HERE / "results.json").write_text(json.dumps([r.to_json() for r in rows], indent=1) + "\n", encoding="utf-8")
    head = "| scheme | classifier | segmenter | exact match (95 %) | CER | yield | used | ms (p95) | MB | kB | s |"
    lines = [head, "|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|"]
    lines += [_line(row, path) for row, (_, path) in zip(rows, learned, strict=True)]
    lines += [
        "",
        *(f"{p.stem}: no train image falls into the right number of glyphs." for _, p in both if not p.exists()),
    ]
    (HERE / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(row: Row, path: Path) -> str:
    card, e = Pipeline.load(path).card, row.evaluation
    facts = card.training
    low, high = e.interval
    cells = (
        row.dataset,
        facts["classifier"],
        card.recipe.segmenter.name,
        f"**{e.exact_match:.3f}** ({low:.3f}-{high:.3f})",
        f"{e.character_error_rate:.4f}",
        f"{e.segmentation_yield:.3f}",
        f"{facts['images_used']} of {facts['images']}",
        f"{row.median_ms:.2f} ({row.p95_ms:.2f})",
        f"{row.peak_memory_mb:.0f}",
        f"{path.stat().st_size / 1000:.0f}",
        f"{facts['seconds']:.0f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
