"""`captchakit draw`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import cv2
import typer

from captchakit.cli import options
from captchakit.errors import OptionError
from captchakit.types import Image

DOCUMENTS = "documents"
"""The style that draws documents instead of captchas."""


def draw(
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The dataset folder to make.")] = None,
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 100,
    seed: options.Seed = 0,
    style: Annotated[str, typer.Option(metavar="NAME", help="A style; --styles lists them.")] = "plain",
    sheet: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="Draw a sheet of samples instead of a dataset.")
    ] = None,
    styles: Annotated[bool, typer.Option("--styles", help="List the styles.")] = False,
) -> None:
    """Draw captchas of our own with exact labels: a dataset folder, the same for the same seed.

    Example: captchakit draw --style wave --out waves/ --count 500 --seed 1
    """
    try:
        from captchakit.learning import drawing  # noqa: PLC0415 - needs the draw extra
    except ImportError as error:
        raise OptionError(f"drawing needs the draw extra: {error}") from None

    if styles:
        for name, chosen in drawing.STYLES.items():
            print(f"{name}\t{chosen.description}")
        print(f"{DOCUMENTS}\tno captchas: pages, blocks and lines, written by hand or typed")
        return
    if (out is None) == (sheet is None):
        raise OptionError("give either --out DIR or --sheet OUT.png")
    if style == DOCUMENTS:
        if out is None:
            raise OptionError("a sheet shows captchas; documents are drawn with --out DIR")
        from captchakit.learning.drawing.documents import write_documents  # noqa: PLC0415

        print(f"captchakit: {write_documents(out, count, seed)} documents in {out}", file=sys.stderr)
        return
    if sheet is not None:
        _write(sheet, drawing.sheet(style, seed))
        return
    assert out is not None
    drawn = drawing.draw_dataset(out, style, count, seed)
    print(f"captchakit: {drawn} images of style {style} in {out}", file=sys.stderr)


def _write(out: Path, picture: Image) -> None:
    if out.suffix.lower() != ".png":
        raise OptionError(f"--sheet writes a PNG; {out} does not end in .png")
    try:
        out.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    except OSError as error:
        raise OptionError(f"{out}: {error.strerror or error}") from None
