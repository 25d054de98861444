"""Execute notebooks and keep what they print and draw.

    python experiments/notebooks/execute.py [NOTEBOOK...]

Cells run one after the other in one namespace, as Jupyter runs them; Jupyter itself, with a server and a kernel, is
needed to change a notebook and not to execute one.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt

HERE = Path(__file__).resolve().parent


def executed(path: Path) -> dict[str, Any]:
    """Return a notebook with the outputs of its cells; raises what a cell raises."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(cells, start=1):
        printed = io.StringIO()
        code = compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec")
        with contextlib.redirect_stdout(printed), contextlib.chdir(path.parent):
            exec(code, namespace)
        said = [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()}] if printed.getvalue() else []
        cell.update(execution_count=number, outputs=[*said, *(_drawn(figure) for figure in plt.get_fignums())])
    return notebook


def _drawn(number: int) -> dict[str, Any]:
    """Return a figure as an output, and close it."""
    stream = io.BytesIO()
    plt.figure(number).savefig(stream, format="png", dpi=70, metadata={"Software": None})
    plt.close(number)
    picture = base64.b64encode(stream.getvalue()).decode()
    return {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}}


def main() -> None:
    """Execute the notebooks named, or all, and write them again."""
    for path in [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.ipynb")):
        path.write_text(json.dumps(executed(path), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(path.name)


if __name__ == "__main__":
    main()
