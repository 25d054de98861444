"""What each choice of the general reader is worth: readers of several kinds learn from the same drawings, side by side.

    python experiments/02-general-reader/ablate.py learn --folder DIR --minutes 25 --batch 1024 --workers 15 --keep 40
    python experiments/02-general-reader/ablate.py table --folder DIR

The first goes on from what lies in DIR; it is meant for a GPU, where several readers learn as fast as the processors
draw. The second reads 2,000 held-out drawings with each, in integers where those read as well, and takes the time of
the ONNX model on a picture of three times its height, on one core, in one minute for all. It writes ablation.md.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import ALPHABET, GENERAL, Look
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.teaching import Lesson, Pupil, held_out, read, teach

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Variant:
    """One reader in the comparison."""

    name: str
    widths: tuple[int, ...]
    depths: tuple[int, ...] = (2, 2, 2)
    look: Look = GENERAL


VARIANTS = (
    Variant("narrow", (16, 32, 64, 96, 192)),
    Variant("wide", (24, 48, 80, 112, 224), (2, 3, 3)),
    Variant("narrow-48-rows", (16, 32, 64, 96, 192), look=Look(height=48)),
    Variant("narrow-gray", (16, 32, 64, 96, 192), look=Look(channels=1)),
    Variant("half", (8, 16, 32, 48, 96)),
)


def main() -> None:
    """Learn, or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("learn", "table"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--only", default="narrow,wide,narrow-48-rows", help="Names of variants.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--keep", type=float, default=0.2, help="Gigabytes of drawings of each look.")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    pupils = [_pupil(v, given.folder, given.rate) for v in VARIANTS if v.name in given.only.split(",")]
    if given.what == "learn":
        lesson = Lesson(given.minutes, given.batch, given.workers, given.keep * 1e9)
        teach(pupils, lesson, given.folder / "log.jsonl")
    else:
        (HERE / "ablation.md").write_text(_table(pupils), encoding="utf-8")


def _pupil(variant: Variant, folder: Path, rate: float) -> Pupil:
    options = Sequence(widths=variant.widths, depths=variant.depths, rate=rate, height=variant.look.height)
    learner = SequenceLearner(options, variant.look.contract, seed=0)
    pupil = Pupil(variant.name, learner, variant.look, folder / f"{variant.name}.pt")
    pupil.take_up()
    return pupil


def _table(pupils: list[Pupil]) -> str:
    lines = [
        "| reader | learned from, millions | thousand weights | read whole | but for case | in integers | kB | ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *[_row(pupil) for pupil in pupils],
    ]
    return "\n".join(lines) + "\n"


def _row(pupil: Pupil) -> str:
    from captchakit.learning.quantizing import quantized  # noqa: PLC0415 - only here
    from captchakit.registry import codecs  # noqa: PLC0415

    held = held_out(2000, pupil.look)
    integers = quantized(pupil.learner, codecs.build("ctc", alphabet=ALPHABET), held)
    (exact, any_case), (rounded, _) = read(pupil.learner, held), read(integers, held)
    weights = sum(value.numel() for value in pupil.learner.snapshot().values()) / 1000
    model = integers.export()
    cells = f"{pupil.seen / 1e6:.1f}", f"{weights:.0f}", f"{exact:.3f}", f"{any_case:.3f}", f"{rounded:.3f}"
    row = f"| {pupil.name} | {' | '.join(cells)} | {len(model) / 1000:.0f} | {_milliseconds(model, pupil.look):.2f} |"
    print(row, flush=True)
    return row


def _milliseconds(model: bytes, look: Look) -> float:
    import onnxruntime  # noqa: PLC0415 - learning does not need it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    image = np.random.default_rng(0).random((1, look.channels, look.height, 3 * look.height), np.float32)
    times = []
    for _ in range(300):
        started = perf_counter()
        session.run(None, {"input": image})
        times.append(1000 * (perf_counter() - started))
    return median(times)


if __name__ == "__main__":
    main()
