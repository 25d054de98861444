"""Rows as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from captchakit.measuring.benchmark import Row

COLUMNS = (
    ("dataset", "<"),
    ("solver", "<"),
    ("n", ">"),
    ("exact", ">"),
    ("95 % interval", ">"),
    ("CER", ">"),
    ("yield", ">"),
    ("ECE", ">"),
    ("at 99 %", ">"),
    ("AURC", ">"),
    ("median ms", ">"),
    ("p95 ms", ">"),
    ("images/s", ">"),
    ("peak MB", ">"),
)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as aligned text under a line of column names."""
    lines = [[name for name, _ in COLUMNS], *(_cells(row) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            f"{cell:{side}{width}}" for cell, (_, side), width in zip(line, COLUMNS, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table, the same cells."""
    rule = ["---:" if side == ">" else "---" for _, side in COLUMNS]
    lines = [[name for name, _ in COLUMNS], rule, *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row) -> list[str]:
    e = row.evaluation
    low, high = e.interval
    return [
        row.dataset,
        row.solver,
        str(e.n),
        f"{e.exact_match:.3f}",
        f"{low:.3f}-{high:.3f}",
        f"{e.character_error_rate:.4f}",
        f"{e.segmentation_yield:.3f}",
        f"{row.calibration_error:.3f}",
        f"{row.coverage.at_precision(0.99):.3f}",
        f"{row.coverage.risk:.4f}",
        f"{row.median_ms:.2f}",
        f"{row.p95_ms:.2f}",
        f"{row.images_per_second:.0f}",
        f"{row.peak_memory_mb:.0f}",
    ]
