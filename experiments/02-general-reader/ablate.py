"""What each choice of the general reader is worth: readers of several kinds learn from the same drawings, side by side.

    python experiments/02-general-reader/ablate.py learn --folder DIR --minutes 100 --threads 2
    python experiments/02-general-reader/ablate.py table --folder DIR

The first lets all learn from nothing, or go on from what lies in DIR, in equal steps; so many learn at a time as there
are threads. The second reads 4,000 held-out drawings with each, in floats and in 8-bit integers whose ranges come from
400 others, and takes the time of the ONNX models on a picture of three times its height, on one core, by turns, least
of 300. It writes ablation.md. The differences' intervals are those of pairs: of the drawings that one of the two reads.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from time import perf_counter

import numpy as np
import onnxruntime
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import GENERAL, Look
from captchakit_sequence.general import OPTIONS
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.teaching import Lesson, Pupil, held_out, right, teach
from numpy.typing import NDArray

from captchakit.learning.quantizing import CALIBRATED_ON, Quantized, in_integers
from captchakit.measuring.statistics import Z_95
from captchakit.reading.model import session_options

HERE = Path(__file__).resolve().parent
READ = 4000
ROUNDS = 300


@dataclass(frozen=True)
class Variant:
    """One reader in the comparison: the shipped one but for what is said."""

    name: str
    widths: tuple[int, ...] = OPTIONS.widths
    depths: tuple[int, ...] = OPTIONS.depths
    look: Look = GENERAL


SHIPPED = "as shipped"
VARIANTS = (
    Variant("48 rows", look=Look(height=48)),
    Variant(SHIPPED),
    Variant("gray", look=Look(channels=1)),
    Variant("shallower", depths=(2, 2, 2)),
    Variant("half as wide", (8, 16, 32, 48, 96)),
)
"""From slow to quick, so that threads end together."""


@dataclass(frozen=True)
class Measured:
    """What one reader reads, `(N, 2)` whole and but for case, in floats and in integers, and its two models."""

    pupil: Pupil
    exact: NDArray[np.bool_]
    rounded: NDArray[np.bool_]
    models: tuple[bytes, bytes]


def main() -> None:
    """Learn, or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("learn", "table"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--workers", type=int, default=1, help="Processes that draw.")
    parser.add_argument("--threads", type=int, default=1, help="Readers that learn at a time.")
    parser.add_argument("--keep", type=float, default=0.2, help="Gigabytes of drawings of each look.")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    pupils = [_pupil(variant, given.folder, given.rate) for variant in VARIANTS]
    if given.what == "learn":
        lesson = Lesson(given.minutes, given.batch, given.workers, given.threads, kept=given.keep * 1e9, validation=200)
        teach(pupils, lesson, given.folder / "log.jsonl")
    else:
        (HERE / "ablation.md").write_text(_table([_measured(pupil) for pupil in pupils]), encoding="utf-8")


def _pupil(variant: Variant, folder: Path, rate: float) -> Pupil:
    options = Sequence(widths=variant.widths, depths=variant.depths, rate=rate, height=variant.look.height)
    learner = SequenceLearner(options, variant.look.contract, seed=0)
    pupil = Pupil(variant.name, learner, variant.look, folder / f"{variant.name.replace(' ', '-')}.pt")
    pupil.take_up()
    return pupil


def _measured(pupil: Pupil) -> Measured:
    held = held_out(READ + CALIBRATED_ON, pupil.look, [variant.look for variant in VARIANTS])
    read, ranges = held[:-CALIBRATED_ON], held[-CALIBRATED_ON:]
    floats = pupil.learner.export()
    integers = in_integers(floats, [image.tensor for image in ranges])
    print(pupil.name, flush=True)
    return Measured(pupil, right(pupil.learner, read), right(Quantized(integers), read), (floats, integers))


def _table(measured: list[Measured]) -> str:
    shipped = next(m for m in measured if m.pupil.name == SHIPPED)
    times = _milliseconds({(m.pupil.name, kind): (m.models[kind], m.pupil.look) for m in measured for kind in (0, 1)})
    lines = [
        f"Learned from {shipped.pupil.seen:,} pictures each; {len(shipped.exact):,} held-out drawings read.",
        "",
        "| reader | thousand weights | read whole | less than shipped, 95 % | but for case | in integers | less, 95 % "
        "| kB, floats and integers | ms, floats and integers |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *[_row(m, shipped, times) for m in measured],
    ]
    return "\n".join(lines) + "\n"


def _row(m: Measured, shipped: Measured, times: Mapping[tuple[str, int], float]) -> str:
    cells = (
        m.pupil.name,
        f"{sum(value.numel() for value in m.pupil.learner.snapshot().values()) / 1000:.0f}",
        f"{m.exact[:, 0].mean():.3f}",
        "" if m is shipped else _difference(shipped.exact[:, 0], m.exact[:, 0]),
        f"{m.exact[:, 1].mean():.3f}",
        f"{m.rounded[:, 0].mean():.3f}",
        _difference(m.exact[:, 0], m.rounded[:, 0]),
        " ".join(f"{len(model) / 1000:.0f}" for model in m.models),
        " ".join(f"{times[m.pupil.name, kind]:.2f}" for kind in (0, 1)),
    )
    return f"| {' | '.join(cells)} |"


def _difference(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> str:
    """Return how much more the first reads, with Wald's interval for pairs (Agresti 2013, Categorical Data, 11.1)."""
    n, only_one, only_other = len(one), int((one & ~other).sum()), int((other & ~one).sum())
    more = (only_one - only_other) / n
    error = sqrt(max(only_one + only_other - n * more**2, 0.0)) / n
    return f"{more:+.3f} ({more - Z_95 * error:+.3f} to {more + Z_95 * error:+.3f})"


def _milliseconds(models: Mapping[tuple[str, int], tuple[bytes, Look]]) -> dict[tuple[str, int], float]:
    sessions = {
        key: onnxruntime.InferenceSession(model, session_options(), providers=["CPUExecutionProvider"])
        for key, (model, _) in models.items()
    }
    dice = np.random.default_rng(0)
    images = {
        key: dice.random((1, look.channels, look.height, 3 * look.height), np.float32)
        for key, (_, look) in models.items()
    }
    least = dict.fromkeys(models, float("inf"))
    for _ in range(ROUNDS):
        for key, session in sessions.items():
            started = perf_counter()
            session.run(None, {session.get_inputs()[0].name: images[key]})
            least[key] = min(least[key], 1000 * (perf_counter() - started))
    return least


if __name__ == "__main__":
    main()
