"""`captchakit solve`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from captchakit.cli import options
from captchakit.cli.files import STANDARD_INPUT, expanded, read
from captchakit.errors import ImageError, OptionError
from captchakit.reading.explain import explain
from captchakit.reading.pipeline import Pipeline
from captchakit.types import Constraint, Solution

UNREADABLE, ABSTAINED = 1, 3
"""Exit statuses."""

HARD = frozenset({"not_a_sum", "outside_alphabet", "length_mismatch", "pattern_mismatch"})
"""Reasons for which there is no answer even where none was asked to be sure."""


def solve(
    images: Annotated[list[str], typer.Argument(metavar="IMAGE...", help="Image files, folders of them, or - .")],
    model: options.Model = None,
    alphabet: options.Alphabet = None,
    length: options.Length = None,
    pattern: options.Pattern = None,
    case: options.Case = None,
    evaluate: options.Evaluate = False,
    min_confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="P", help="Give no answer that is less sure, but a reason.")
    ] = 0.0,
    top: Annotated[int, typer.Option(min=1, metavar="K", help="With --json: the K most probable answers.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    explained: Annotated[
        Path | None, typer.Option("--explain", metavar="OUT.png", help="Draw the stages of one image into a picture.")
    ] = None,
) -> None:
    """Print the text of captcha images.

    One image prints its text alone; several, or a folder, print `path<TAB>text` a line. An image that cannot be read
    is reported on standard error, the others are still solved, and the exit status is 1.

    Answers are the most probable ones that alphabet, length, pattern and case allow. With --min-confidence an answer
    is withheld, and its reason told on standard error, where it is less sure (low_confidence), where most of the
    probability lies outside of what is allowed (outside_alphabet, length_mismatch, pattern_mismatch), or where the
    image is too small for it (too_small); if any was and all images could be read, the exit status is 3.

    Example: captchakit solve --alphabet 0123456789 captcha.png
    """
    paths = list(expanded(images))
    pipeline = options.library().open(model)
    pipeline = pipeline.evaluating("arithmetic") if evaluate else pipeline
    allowed = options.constraint(alphabet, length, pattern, case)
    if explained is not None:
        _explain(pipeline, paths, allowed, explained)
    alone = len(paths) == 1 and not Path(images[0]).is_dir()
    # Answers are printed as they come; a bad image is told at once and remembered for the exit status.
    wish = {"top": top, "min_confidence": min_confidence}
    statuses = [_solve_one(pipeline, path, allowed, wish, as_json=as_json, alone=alone) for path in paths]
    if any(statuses):
        raise typer.Exit(UNREADABLE if UNREADABLE in statuses else ABSTAINED)


def _solve_one(
    pipeline: Pipeline, path: str, allowed: Constraint, wish: Mapping[str, Any], *, as_json: bool, alone: bool
) -> int:
    """Print one answer; return the exit status that it alone would have."""
    try:
        solution = pipeline.solve(read(path), allowed, **wish)
    except ImageError as error:
        print(f"captchakit: {path}: {error}", file=sys.stderr)
        if as_json:
            print(json.dumps({"path": path, "error": str(error)}, ensure_ascii=False), flush=True)
        return UNREADABLE
    withheld = solution.reason is not None and (wish["min_confidence"] > 0.0 or solution.reason in HARD)
    if withheld and not as_json:
        sure = f" (confidence {solution.confidence:.2f})" if solution.reason == "low_confidence" else ""
        print(f"captchakit: {path}: no answer: {solution.reason}{sure}", file=sys.stderr)
    else:
        print(_line(path, solution, as_json=as_json, alone=alone), flush=True)
    return ABSTAINED if withheld else 0


def _line(path: str, solution: Solution, *, as_json: bool, alone: bool) -> str:
    if as_json:
        return json.dumps({"path": path, **solution.to_json()}, ensure_ascii=False)
    return solution.text if alone else f"{path}\t{solution.text}"


def _explain(pipeline: Pipeline, paths: list[str], allowed: Constraint, out: Path) -> None:
    if len(paths) != 1 or paths[0] == STANDARD_INPUT:
        raise OptionError("--explain takes the path of one image")
    if out.suffix.lower() != ".png":
        raise OptionError(f"--explain writes a PNG; {out} does not end in .png")
    if out.resolve() == Path(paths[0]).resolve():
        raise OptionError(f"--explain would write over the image {out}")
    try:
        picture = explain(pipeline, read(paths[0]), allowed)
    except ImageError:
        return  # told once, when it is solved
    try:
        out.write_bytes(picture)
    except OSError as error:
        raise OptionError(f"{out}: {error.strerror or error}") from None
