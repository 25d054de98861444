"""`cuts`: every piece of touching writing that may be a character."""

from __future__ import annotations

import numpy as np
import pytest

from captchakit.reading.segmenters.pieces import connected
from captchakit.reading.segmenters.windows import Windows, runs
from captchakit.registry import segmenters
from captchakit.types import Glyphs
from tests.reading.segmenters.ink import bars, ink


def covers(glyphs: Glyphs, start: int, stop: int, slack: int = 3) -> bool:
    """Return whether a candidate begins and ends within `slack` columns of these."""
    return any(abs(g.box.x - start) <= slack and abs(g.box.right - stop) <= slack for g in glyphs)


@pytest.mark.parametrize("joint", [1, 2, 3])
def test_touching_bars_are_offered_apart_and_together(joint: int) -> None:
    """Blocks joined by a thin bridge are cut at it: each block is a candidate and so are both together."""
    image = bars((20, 30), (32, 42))
    image[20 : 20 + joint, 25:37] = 255
    glyphs = segmenters.build("cuts")(image)
    assert covers(glyphs, 20, 31)
    assert covers(glyphs, 31, 42)
    assert covers(glyphs, 20, 42)


@pytest.mark.parametrize("text", ["ABTA", "MRKX", "HEHE"])
def test_touching_letters_are_offered_apart(text: str) -> None:
    """Letters that stand so close that contours join some still have a candidate each, one after another."""
    image = ink(text, step=17)
    assert len(segmenters.build("contours")(image)) < len(text)
    spans = {g.span for g in segmenters.build("cuts")(image)}
    assert max(stop for _, stop in spans) >= len(text)


def test_spans_overlap_where_boxes_do() -> None:
    """Candidates with disjoint spans share no column but the cut's soft edges, so that a path reads no ink twice."""
    glyphs = segmenters.build("cuts")(ink("ABTABT", step=19))
    for one in glyphs:
        for other in glyphs:
            if one.span[1] <= other.span[0]:
                assert one.box.x <= other.box.x
                assert one.box.x + one.box.width / 2 < other.box.x + other.box.width / 2


def test_no_candidate_is_wider_than_allowed() -> None:
    """A candidate is at most `widest` line heights wide and of at most `most` pieces."""
    image = ink("ABTABTABT", step=19)
    glyphs = segmenters.build("cuts", {"most": 3, "widest": 1.0})(image)
    tallest = max(g.box.height for g in glyphs)
    assert max(g.box.width for g in glyphs) <= tallest
    assert max(g.span[1] - g.span[0] for g in glyphs) <= 3


def test_a_page_of_ink_stays_bounded() -> None:
    """However much ink there is, the number of candidates is bounded."""
    noise = np.random.default_rng(1).integers(0, 2, (200, 2000), np.uint8) * 255
    assert len(segmenters.build("cuts")(noise)) <= 4 * 254


def test_coarser_cuts_come_in_steps() -> None:
    """Each step cuts farther apart, into fewer candidates, and there is an end to it."""
    image = ink("ABTABTABT", step=19)
    cuts, counts = segmenters.build("cuts"), []
    while cuts.coarser():
        counts.append(len(cuts(image)))
        (cuts,) = cuts.coarser()
    counts.append(len(cuts(image)))
    assert len(counts) == 4
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


@pytest.mark.parametrize(("margin", "aspect"), [(0.25, 0.6), (0.0, 0.1), (2.0, 3.0)])
def test_windows_side_by_side_are_windows_one_by_one(margin: float, aspect: float) -> None:
    """A candidate is shown as if it were cut out alone, and its own ink alone has its full brightness."""
    pieces = connected(ink("ABTABT", step=24), 0, 0.6)
    candidates = runs(pieces.boxes, 3, 0, 80)
    windows = Windows(pieces, margin, aspect)
    together = windows.glyphs(candidates)
    assert len(together) > len(pieces.boxes) > 1
    for glyph, candidate in zip(together, candidates, strict=True):
        (alone,) = windows.glyphs([candidate])
        assert np.array_equal(glyph.image, alone.image)
        own = (pieces.map > candidate[1]) & (pieces.map <= candidate[2]) & (pieces.image > 127)
        assert (glyph.image > 127).sum() == own.sum()
