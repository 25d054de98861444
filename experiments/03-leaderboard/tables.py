"""The leaderboard's tables, from rows as they lie in results.json and what columns.json says of each column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from captchakit.measuring.statistics import percentile

Cells = Mapping[tuple[str, str], Mapping[str, Any]]
"""What was measured, by scheme and column."""


def tables(rows: Sequence[Mapping[str, Any]], told: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a table by scheme and one over schemes, in the order of columns in which `told` has them."""
    cells = {(row["dataset"], row["column"]): row for row in rows}
    columns = [column for column in told if any(row["column"] == column for row in rows)]
    schemes = sorted({row["dataset"] for row in rows})
    lines = [*_by_scheme(schemes, columns, cells), "", *_over_schemes(schemes, columns, cells, told)]
    return "\n".join(lines) + "\n"


def _by_scheme(schemes: Sequence[str], columns: Sequence[str], cells: Cells) -> list[str]:
    lines = [f"| scheme | n | {' | '.join(columns)} |", f"|---|---:|{'---:|' * len(columns)}"]
    for scheme in schemes:
        there = [cells.get((scheme, column)) for column in columns]
        scores = [f"{cell['exact_match']:.3f}" if cell else "" for cell in there]
        n = next(str(cell["n"]) for cell in there if cell)
        lines.append(f"| {scheme} | {n} | {' | '.join(scores)} |")
    return lines


def _over_schemes(
    schemes: Sequence[str], columns: Sequence[str], cells: Cells, told: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    generated = [scheme for scheme in schemes if scheme.startswith("gen-")]
    collected = [scheme for scheme in schemes if scheme not in generated]
    lines = [f"| over schemes | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]

    def values(column: str, names: Sequence[str], of: Callable[[Mapping[str, Any]], float]) -> list[float]:
        return [of(cells[name, column]) for name in names if (name, column) in cells]

    def line(what: str, figure: Callable[[str], str]) -> None:
        lines.append(f"| {what} | {' | '.join(figure(column) for column in columns)} |")

    def scores(column: str, names: Sequence[str]) -> list[float]:
        return values(column, names, lambda cell: round(cell["exact_match"] * cell["n"]) / cell["n"])

    line(f"mean of {len(collected)} collected", lambda c: _mean(scores(c, collected)))
    line(f"mean of {len(generated)} generated", lambda c: _mean(scores(c, generated)))
    line("median", lambda c: _at(scores(c, schemes), 50))
    line("worst decile", lambda c: _at(scores(c, schemes), 10))
    line("schemes at 0.95", lambda c: str(sum(score >= 0.95 for score in scores(c, schemes))))
    line("calibration error, all images", lambda c: f"{told[c]['calibration_error']:.3f}")
    line(
        "calibration error, mean of schemes",
        lambda c: _mean(values(c, schemes, lambda cell: cell["expected_calibration_error"])),
    )
    line(
        "ms an image, median of medians",
        lambda c: f"{percentile(values(c, schemes, lambda cell: cell['milliseconds']['median']), 50):.2f}",
    )
    line("peak memory, MB", lambda c: f"{max(values(c, schemes, lambda cell: cell['peak_memory_mb'])):.0f}")
    sizes = {c: [cells[s, c]["kilobytes"] for s in schemes if "kilobytes" in cells.get((s, c), {})] for c in columns}
    line("model, MB", lambda c: f"{max(sizes[c]) / 1000:.1f}" if sizes[c] else "")
    line("scored in the run of", lambda c: str(told[c]["run"]))
    line("tuned from", lambda c: str(told[c].get("from", "")))
    return lines


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else ""


def _at(values: Sequence[float], percent: float) -> str:
    return f"{percentile(values, percent):.3f}" if values else ""
