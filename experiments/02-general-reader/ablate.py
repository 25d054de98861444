"""What each choice of the general reader is worth: the same drawings, one thing changed at a time.

    python experiments/02-general-reader/ablate.py --images 120000

Each variant learns from nothing, from so many drawings of the same seeds, and reads 500 held-out ones; milliseconds are
those of its ONNX model on a picture of three times its height, on one core, in one minute for all. Writes ablation.md.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import onnxruntime
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import GENERAL, Look, batches
from captchakit_sequence.general import held_out, read
from captchakit_sequence.learner import SequenceLearner

HERE = Path(__file__).resolve().parent
EASY = 0.2
"""The share of drawings that are easy ones, at the beginning."""


@dataclass(frozen=True)
class Variant:
    """One reader in the comparison."""

    name: str
    widths: tuple[int, ...] = (16, 32, 48, 64, 96)
    look: Look = GENERAL
    guided: bool = True


VARIANTS = (
    Variant("as shipped: 32 rows, colour"),
    Variant("gray", look=Look(channels=1)),
    Variant("48 rows", look=Look(height=48)),
    Variant("16 rows", look=Look(height=16)),
    Variant("half as wide", widths=(8, 16, 24, 32, 48)),
    Variant("half as wide again", widths=(24, 48, 72, 96, 144)),
    Variant("not told where characters stand", guided=False),
)


def main() -> None:
    """Train and measure every variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=120_000)
    parser.add_argument("--only", default="", help="Parts of the variants' names, with commas between.")
    given = parser.parse_args()
    wanted = [v for v in VARIANTS if any(part in v.name for part in given.only.split(","))]
    learners = [(variant, *_learned(variant, given.images)) for variant in wanted]
    sessions = [(v, _session(learner)) for v, learner, _ in learners]
    times = {v.name: _milliseconds(session, v.look) for v, session in sessions}
    lines = [
        f"After {given.images:,} drawings each, on 500 held-out drawings of style `any`:",
        "",
        "| variant | read whole | but for case | loss | thousand weights | ms | images/s learned |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for variant, learner, (loss, rate) in learners:
        exact, any_case = read(learner, held_out(500, variant.look))
        weights = sum(value.numel() for value in learner.snapshot().values()) / 1000
        cells = (f"{exact:.3f}", f"{any_case:.3f}", f"{loss:.2f}", f"{weights:.0f}", f"{times[variant.name]:.2f}")
        lines.append(f"| {variant.name} | {' | '.join(cells)} | {rate:.0f} |")
        print(lines[-1], flush=True)
    (HERE / "ablation.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _learned(variant: Variant, images: int) -> tuple[SequenceLearner, tuple[float, float]]:
    """Return the learner, its mean loss over the last tenth, and how many drawings a second it learned from."""
    learner = SequenceLearner(Sequence(widths=variant.widths, height=variant.look.height), variant.look.contract, 0)
    started, seen, losses = perf_counter(), 0, list[float]()
    for style, until in (("easy", EASY * images), ("any", images)):
        stream = batches(style, 0, 64, 1, variant.look)
        while seen < until:
            batch = next(stream)
            done = seen / images
            guidance = max(0.0, 1 - done) if variant.guided else 0.0
            share = min(1.0, (len(losses) + 1) / 200, (1 - done) / 0.3)
            losses.append(
                learner.step(batch.tensor, batch.targets, share=share, places=batch.places, guidance=guidance)
            )
            seen += len(batch.tensor)
        stream.close()
    return learner, (float(np.mean(losses[-len(losses) // 10 :])), seen / (perf_counter() - started))


def _session(learner: SequenceLearner) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(learner.export(), options, providers=["CPUExecutionProvider"])


def _milliseconds(session: onnxruntime.InferenceSession, look: Look) -> float:
    image = np.random.default_rng(0).random((1, look.channels, look.height, 3 * look.height), np.float32)
    times = []
    for _ in range(300):
        started = perf_counter()
        session.run(None, {"input": image})
        times.append(1000 * (perf_counter() - started))
    return median(times)


if __name__ == "__main__":
    main()
