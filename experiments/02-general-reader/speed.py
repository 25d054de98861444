"""How many captchas of each style are drawn in a second of one core, the glyphs of all faces drawn ahead.

    python experiments/02-general-reader/speed.py [STYLE...]

Seconds are the processor's. Without fetched faces (`make fonts`) those that need no file draw, and quicker.
"""

from __future__ import annotations

import sys
from time import process_time

import cv2

from captchakit.learning.drawing import draw, faces, glyphs
from captchakit.learning.drawing.styles import STYLES

FIRST, COUNT = 200_000, 2000


def main() -> None:
    """Print a table."""
    cv2.setNumThreads(1)
    fetched = faces.fetched(faces.folder())
    glyphs.warm(fetched)
    print(f"{len(fetched)} faces, {COUNT} drawings of each style", flush=True)
    print("| style | drawings a second |\n|---|---:|")
    for style in sys.argv[1:] or STYLES:
        print(f"| {style} | {_speed(style):.0f} |", flush=True)


def _speed(style: str) -> float:
    for seed in range(FIRST - 50, FIRST):
        draw(style, seed)
    started = process_time()
    for seed in range(FIRST, FIRST + COUNT):
        draw(style, seed)
    return COUNT / (process_time() - started)


if __name__ == "__main__":
    main()
