"""The notebooks run from beginning to end, draw, and do nothing that the package should do."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent / "experiments" / "notebooks"
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
spec = importlib.util.spec_from_file_location("execute_notebooks", HERE / "execute.py")
assert spec is not None
assert spec.loader is not None
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)


def code_of(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_only_draw(path: Path) -> None:
    """No functions or classes of their own, and what is kept in the file has been executed in this order."""
    kinds = {type(node) for code in code_of(path) for node in ast.walk(ast.parse(code))}
    assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}
    cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem.startswith("train") else [])
        for path in NOTEBOOKS
    ],
)
def test_they_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell, in order; all but the plain ones draw, and one that trains reads what it never saw."""
    monkeypatch.syspath_prepend(str(HERE.parent))
    outputs = [cell["outputs"] for cell in script.executed(path)["cells"] if cell["cell_type"] == "code"]
    drawn = [output for cell in outputs for output in cell if output["output_type"] == "display_data"]
    assert len(drawn) >= 3
    said = "".join(output["text"] for cell in outputs for output in cell if output["output_type"] == "stream")
    if path.stem == "train-step-by-step":
        assert float(said.split("test: exact match ")[1].split()[0]) > 0.5
