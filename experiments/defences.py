"""Which defences break which reader: tables and plots of experiments 01 and 03, by scheme, by defence and by cost.

    python experiments/defences.py SCHEMES

SCHEMES is the folder that holds the schemes, whose `dataset.toml` says what is seen. Reads what the two experiments
have measured (01's results.md, 03's results.json) and writes defences.md, by-scheme.png, by-defence.png and costs.png
beside it. Needs matplotlib (the extra train).
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from captchakit.measuring.statistics import wilson

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import LogLocator

HERE = Path(__file__).resolve().parent
WORDS: Mapping[str, tuple[str, ...]] = {
    "lines through or around": ("line", "stroke"),
    "touching or overlapping": ("touching", "overlap"),
    "waves and ripples": ("wave", "wavy", "ripple"),
    "turned or slanted": ("rotation", "slant"),
    "dots, salt": ("dots", "salt"),
    "coloured or dark paper": ("gradient", "background", "colour"),
    "thin or pixel font": ("thin", "pixel font"),
    "another's generator": ("generator",),
}
"""Defences by words of a scheme's description."""

MANY_LABELS, LONG = 30, 6


@dataclass(frozen=True, slots=True)
class Score:
    """What one reader reads of one scheme, and what it costs; None where it was not measured."""

    scheme: str
    reader: str
    n: int
    exact: float
    ms: float | None = None
    kilobytes: float | None = None
    seconds: float | None = None

    @property
    def right(self) -> int:
        """How many images are read without a mistake."""
        return round(self.exact * self.n)


def main() -> None:
    """Write the tables and plots of both experiments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemes", type=Path)
    defences = defences_of(parser.parse_args().schemes)
    for folder, read in (("01-two-classifiers", first), ("03-leaderboard", third)):
        place = HERE / folder
        scores = read(place)
        (place / "defences.md").write_text("\n".join(tables(scores, defences)) + "\n", encoding="utf-8")
        by_scheme = {scheme: [scheme] for scheme in sorted({score.scheme for score in scores})}
        drawn(grid(scores, by_scheme), place / "by-scheme.png")
        drawn(grid(scores, defences), place / "by-defence.png")
        costs(scores, place / "costs.png")
        print(f"{folder}: {len(scores)} scores of {len(by_scheme)} schemes")


def defences_of(schemes: Path) -> dict[str, list[str]]:
    """Return the schemes that have each defence, by what their descriptions, alphabets and lengths say."""
    found: dict[str, list[str]] = {name: [] for name in (*WORDS, f"{MANY_LABELS} or more labels", f"{LONG} or longer")}
    for path in sorted(schemes.glob("*/dataset.toml")):
        about = tomllib.loads(path.read_text(encoding="utf-8"))
        has = [name for name, words in WORDS.items() if any(word in about.get("description", "") for word in words)]
        has += [f"{MANY_LABELS} or more labels"] if len(about["alphabet"]) >= MANY_LABELS else []
        has += [f"{LONG} or longer"] if about["max_length"] >= LONG else []
        for name in has:
            found[name].append(path.parent.name)
    return found


def first(place: Path) -> list[Score]:
    """Return the rows of the table that experiment 01 writes; who could learn from no image reads none."""
    counts = {row["dataset"]: row["n"] for row in json.loads((place / "results.json").read_text(encoding="utf-8"))}
    scores = []
    for line in (place / "results.md").read_text(encoding="utf-8").splitlines():
        name, colon, _ = line.partition(": no train image")
        if colon:
            scheme, classifier, segmenter = name.rsplit("-", 2)
            scores.append(Score(scheme, f"{classifier}, {segmenter}", counts[scheme], 0.0))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 11 or cells[0] not in counts:
            continue
        exact, ms = float(cells[3].split("**")[1]), float(cells[7].split()[0])
        scores.append(
            Score(cells[0], f"{cells[1]}, {cells[2]}", counts[cells[0]], exact, ms, float(cells[9]), float(cells[10]))
        )
    return scores


def third(place: Path) -> list[Score]:
    """Return the rows of experiment 03."""
    rows: list[dict[str, Any]] = json.loads((place / "results.json").read_text(encoding="utf-8"))
    return [
        Score(r["dataset"], r["column"], r["n"], r["exact_match"], r["milliseconds"]["median"], *map(r.get, COSTS))
        for r in rows
    ]


COSTS = ("kilobytes", "seconds")

Grid = tuple[list[str], list[str], dict[tuple[str, str], tuple[int, int]]]


def grid(scores: Sequence[Score], parts: Mapping[str, Sequence[str]]) -> Grid:
    """Return the names of parts and readers, and how many images were right of how many, over a part's schemes."""
    readers = list(dict.fromkeys(score.reader for score in scores))
    cells = {}
    for part, schemes in parts.items():
        for reader in readers:
            of = [score for score in scores if score.reader == reader and score.scheme in schemes]
            if of:
                cells[part, reader] = sum(s.right for s in of), sum(s.n for s in of)
    return [part for part in parts if any((part, reader) in cells for reader in readers)], readers, cells


def share(cells: Mapping[tuple[str, str], tuple[int, int]], part: str, reader: str) -> float:
    """Return what a reader reads of a part, nan where it was not measured."""
    right, n = cells.get((part, reader), (0, 0))
    return right / n if n else float("nan")


def tables(scores: Sequence[Score], defences: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the exact match by defence, with its interval over images, and each reader's costs."""
    there = {score.scheme for score in scores}
    parts, readers, cells = grid(scores, {"every scheme": sorted(there), **defences})
    schemes = {"every scheme": there, **{name: there & set(of) for name, of in defences.items()}}
    lines = [f"| defence | schemes | {' | '.join(readers)} |", f"|---|---:|{'---:|' * len(readers)}"]
    for part in parts:
        told = [_told(*cells[part, reader]) if (part, reader) in cells else "" for reader in readers]
        lines.append(f"| {part} | {len(schemes[part])} | {' | '.join(told)} |")
    lines += ["", "| reader | schemes | ms an image | kB | s to train |", "|---|---:|---:|---:|---:|"]
    for reader in readers:
        of = [score for score in scores if score.reader == reader]
        figures = (_middle(of, lambda s: s.ms, 2), _middle(of, lambda s: s.kilobytes), _middle(of, lambda s: s.seconds))
        lines.append(f"| {reader} | {len(of)} | {' | '.join(figures)} |")
    return [*lines, "", "Costs are medians over schemes; a scheme counts in every defence that it has."]


def _told(right: int, n: int) -> str:
    low, high = wilson(right, n)
    return f"{right / n:.3f} ({low:.3f}-{high:.3f})"


def _middle(scores: Sequence[Score], cost: Callable[[Score], float | None], digits: int = 0) -> str:
    known = [value for score in scores if (value := cost(score)) is not None]
    return f"{np.median(known):.{digits}f}" if known else ""


def drawn(told: Grid, path: Path) -> None:
    """Draw the exact match of each reader in each part, with intervals."""
    parts, readers, cells = told
    figure, axes = plt.subplots(figsize=(8, 1 + 0.14 * len(parts) * (len(readers) + 1)), layout="constrained")
    for place, reader in enumerate(readers):
        of = [(row, *cells[part, reader]) for row, part in enumerate(parts) if (part, reader) in cells]
        rows, shares = [row + 0.8 * place / len(readers) for row, _, _ in of], [right / n for _, right, n in of]
        ends = np.array([wilson(right, n) for _, right, n in of]).T
        axes.barh(rows, shares, 0.8 / len(readers), label=reader, align="edge")
        middles = [row + 0.4 / len(readers) for row in rows]
        axes.errorbar(shares, middles, xerr=np.abs(ends - shares), fmt="none", ecolor="black", elinewidth=0.8)
    axes.set(xlim=(0, 1), xlabel="exact match, 95 % interval", yticks=np.arange(len(parts)) + 0.4, yticklabels=parts)
    axes.set_ylim(len(parts) - 0.1, -0.1)  # the first on top
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)


def costs(scores: Sequence[Score], path: Path) -> None:
    """Draw exact match against the time that an image takes, a point for each scheme."""
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for reader in dict.fromkeys(score.reader for score in scores):
        of = [(score.ms, score.exact) for score in scores if score.reader == reader and score.ms is not None]
        axes.scatter(*zip(*of, strict=True), label=reader, alpha=0.7, s=24)
    axes.set(xscale="log", xlabel="ms an image, median of one core", ylabel="exact match", ylim=(-0.03, 1.03))
    axes.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    for written in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        written("{x:g}")  # 2 rather than 2 x 10^0
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
