"""Compare scikit-learn's estimators on the same glyphs, on validation images alone.

    python experiments/01-two-classifiers/estimators.py SCHEMES [SCHEME...]

Writes estimators.md: whole-image exact match, size, and seconds of training, with contours and with cuts. An estimator
whose export does not repeat its own probabilities is refused by `export`, which the table then says.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic

from captchakit_sklearn.estimators import ESTIMATORS

from captchakit.errors import LearningError
from captchakit.learning import dataset as datasets
from captchakit.learning.export import export
from captchakit.learning.recipes import recipe_for
from captchakit.learning.training import train
from captchakit.reading.framing import Framing
from captchakit.registry import classifiers

HERE = Path(__file__).resolve().parent


def main(folder: Path, schemes: list[str]) -> None:
    """Train each estimator with each recipe on each scheme."""
    lines = [
        "| scheme | recipe | estimator | validation exact match | kB | trained s |",
        "|---|---|---|---:|---:|---:|",
    ]
    for scheme in schemes or ["plain-4", "stroke-digits-4", "binary-digits-5"]:
        data = datasets.load(folder / scheme)
        for recipe in ("contours", "cuts"):
            for estimator in ESTIMATORS:
                lines.append(_compared(data, recipe, estimator))
                print(lines[-1], flush=True)
                (HERE / "estimators.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _compared(data: datasets.Dataset, recipe: str, estimator: str) -> str:
    part = classifiers.build("sklearn", {"estimator": estimator})
    framing = Framing(part.height, part.width)
    started = monotonic()
    trained = train(data, part, recipe_for(data, recipe), framing, passes=part.passes)
    seconds = monotonic() - started
    try:
        size = f"{len(export(trained, 'x', data.task, {})) / 1000:.0f}"
    except LearningError:
        size = "refused"
    cells = (data.name, recipe, estimator, f"{trained.exact:.3f}", size, f"{seconds:.0f}")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
