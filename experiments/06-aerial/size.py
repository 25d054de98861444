"""How much memory and time a training of drawn ground takes, by how many images there are.

python experiments/06-aerial/size.py STATS [COUNT...]

STATS is a file with `top_tag_sets`, how often each set of tags occurs. The pictures are drawn below the folder for
temporary files and taken away again; each training is a process of its own, by the command that a user would type.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from time import monotonic
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "pipeline"))

from ground import write_ground  # noqa: E402 - lies beside the stages

COUNTS = (2_000, 10_000, 40_479)
SIDE = 64


def main() -> None:
    """Measure for each count and write size.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stats", type=Path)
    parser.add_argument("counts", type=int, nargs="*", default=COUNTS)
    chosen = parser.parse_args()
    path = HERE / "size.json"
    for count in chosen.counts or COUNTS:
        with tempfile.TemporaryDirectory(prefix="ground-") as folder:
            row = measured(Path(folder), count, chosen.stats)
        rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(json.dumps({**rows, str(count): row}, indent=1) + "\n", encoding="utf-8")
        print(count, json.dumps(row), flush=True)


def measured(folder: Path, count: int, stats: Path) -> dict[str, Any]:
    """Return what training and scoring on `count` drawn pictures take."""
    started = monotonic()
    write_ground(folder / "data", count, 0, stats, SIDE)
    drawn = monotonic() - started
    row: dict[str, Any] = {"seconds to draw": round(drawn, 1)}
    model = str(folder / "model.onnx")
    train = [
        "train",
        str(folder / "data"),
        "--output",
        model,
        "--runs",
        str(folder / "runs"),
        "--classifier",
        "sklearn",
    ]
    for verb, arguments in (("train", train), ("evaluate", ["evaluate", str(folder / "data"), "--model", model])):
        out = folder / f"{verb}.txt"
        row[verb] = _run(arguments, out)
        lines = out.read_text(encoding="utf-8")
        row[verb]["lines of progress"] = len(re.findall(r" left$", lines, re.MULTILINE))
    return row


def _run(arguments: list[str], out: Path) -> dict[str, float]:
    """Run a command of captchakit in a process of its own; returns its peak memory and times."""
    started = monotonic()
    child = os.fork()
    if child == 0:
        stream = os.open(out, os.O_WRONLY | os.O_CREAT)
        os.dup2(stream, 1)
        os.dup2(stream, 2)
        os.execv(sys.executable, [sys.executable, "-c", "from captchakit.cli.app import main; main()", *arguments])
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(out.read_text(encoding="utf-8"))
    return {
        "peak MB": round(usage.ru_maxrss / 1000, 1),
        "seconds": round(monotonic() - started, 1),
        "processor seconds": round(usage.ru_utime + usage.ru_stime, 1),
    }


if __name__ == "__main__":
    main()
