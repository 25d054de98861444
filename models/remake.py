"""Draw the shipped datasets and train the shipped models again: `make models`, or `python models/remake.py NAME...`.

With the name `table` nothing is trained, and the table is measured again.

The datasets are small, for demonstration and tests. A model learns from more drawings of the same style and another
seed, none of which is in the dataset; its score in README.md here is on the dataset's test split.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

from captchakit.learning import dataset as datasets
from captchakit.learning.drawing import draw_dataset
from captchakit.learning.drawing.documents import write_documents
from captchakit.learning.fitting import fit
from captchakit.measuring.benchmark import measure_all, shipped_tasks
from captchakit.measuring.report import markdown
from captchakit.reading.library import Library

ROOT = Path(__file__).resolve().parent.parent
DATASETS = {"plain": 400, "strokes": 400, "any": 160, "documents": 60}
"""Style and number of images; all with seed 1, documents with seed 2."""

MODELS = {
    "plain-cnn": ("plain", "cnn", "cuts", 1200),
    "plain-sklearn": ("plain", "sklearn", "contours", 600),
    "documents": ("documents", "sklearn", "document", 1200),
}
"""Style, classifier, recipe, and drawings to learn from; all with seed 2, documents with 1.

`general` is that of experiment 02.
"""


def main(names: list[str]) -> None:
    """Draw the datasets that are missing, train the models named (all for none), and describe what there is."""
    for style, count in DATASETS.items():
        if not (ROOT / "datasets" / style).exists():
            _draw(ROOT / "datasets" / style, style, count, for_learning=False)
    for name in names or MODELS:
        if name != "table":
            _train(name, *MODELS[name])
    _describe()


def _draw(folder: Path, style: str, count: int, *, for_learning: bool) -> None:
    if style == "documents":
        write_documents(folder, count, 1 if for_learning else 2)
    else:
        draw_dataset(folder, style, count, 2 if for_learning else 1)


def _train(name: str, style: str, classifier: str, recipe: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / style
        _draw(drawn, style, count, for_learning=True)
        data = datasets.load(drawn)
        model, trained = fit(data, classifier, name=name, recipe=recipe, experiment="models/remake.py")
    (ROOT / "models" / f"{name}.onnx").write_bytes(model)
    print(f"{name}: exact match {trained.exact:.3f} on validation, {len(model) / 1000:.0f} kB", flush=True)


def _describe() -> None:
    library = Library()
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in library.values()]
    (ROOT / "models" / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    rows = list(measure_all(shipped_tasks(library, ROOT / "datasets")))
    lines = [
        "# Shipped models",
        "",
        "Each file carries its card; `captchakit models` lists them. Remade by `make models`, which also measures this",
        "table (`captchakit benchmark`: test splits of `datasets/`, times of one core of the machine it ran on):",
        "",
        markdown(rows),
        "",
        *(_about(name, library) for name in library),
    ]
    (ROOT / "models" / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _about(name: str, library: Library) -> str:
    card = library.open(name).card
    parts = ", ".join(step.name for step in card.recipe.filters)
    return (
        f"* `{name}` ({library[name].stat().st_size / 1000:.0f} kB): {card.training['classifier']} on {parts}, "
        f"{card.recipe.segmenter.name}, {card.recipe.codec.name}; {len(card.alphabet)} characters; "
        f"learned from {card.training['images']} images"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
