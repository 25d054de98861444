"""New pictures from pieces of labelled ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captchakit.learning.tuning.splicing import Cut, edges_between, spliced

WIDE = 6


def _banded(classes: list[int], margin: int, height: int) -> Cut:
    """Return a picture with a band of colour `10 * class + 5` for each character between black margins."""
    image = np.zeros((height, 2 * margin + WIDE * len(classes), 3), np.uint8)
    for place, c in enumerate(classes):
        image[:, margin + WIDE * place : margin + WIDE * (place + 1)] = 10 * c + 5
    return Cut(image, tuple(classes), tuple(margin + WIDE * k for k in range(len(classes) + 1)))


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 4), st.integers(4, 9)),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 2**32),
)
def test_a_spliced_picture_shows_its_classes_in_order(parts: list[tuple[list[int], int, int]], seed: int) -> None:
    """Whatever is put together, the label says what can be seen, and the length is that of one of the pictures."""
    cuts = [_banded(*part) for part in parts]
    image, classes = spliced(cuts, np.random.default_rng(seed))
    shown = [int(v) for v in image[0, :, 0] if v]
    assert shown == [10 * c + 5 for c in classes for _ in range(WIDE)]
    assert len(classes) in {len(cut.classes) for cut in cuts}
    assert image.shape[0] in {cut.image.shape[0] for cut in cuts}


def test_where_rough_each_run_of_characters_is_turned_by_itself() -> None:
    """No two pictures put together of the same two are the same, and their size is."""
    dice = np.random.default_rng(2)
    whole = np.zeros((30, 60, 3), np.uint8)
    whole[5:25, 8:52:8] = 255
    cuts = [Cut(whole, (1, 2, 3), (0, 20, 40, 60))] * 2
    made = [spliced(cuts, dice, rough=True)[0] for _ in range(20)]
    assert {image.shape for image in made} == {(30, 60, 3)}
    assert len({image.tobytes() for image in made}) == 20
    assert all(0.6 < image.mean() / whole.mean() < 1.4 for image in made)


@given(st.lists(st.floats(1, 20), min_size=1, max_size=8), st.floats(1, 10))
def test_edges_lie_between_the_centres(steps: list[float], first: float) -> None:
    """Every character's centre lies between its two edges, and all edges inside the picture."""
    centres = [first + sum(steps[:k]) for k in range(len(steps))]
    width = round(centres[-1] + 10)
    edges = edges_between(centres, width)
    if edges is None:  # a character would be left without room
        assert min([b - a for a, b in pairwise(centres)] or [2 * min(centres[0], width - centres[0])]) < 4
        return
    assert len(edges) == len(centres) + 1
    assert edges[0] >= 0
    assert edges[-1] <= width
    assert all(a - 0.5 <= c <= b + 0.5 for c, (a, b) in zip(centres, pairwise(edges), strict=True))


def test_centres_that_do_not_rise_give_no_edges() -> None:
    """Where two characters are said to stand on one column nothing is cut."""
    assert edges_between([5.0, 5.0, 20.0], 40) is None
    assert edges_between([], 40) is None
