"""The drawing engine: same seed, same bytes; labels and boxes that are true; every style."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captchakit.errors import OptionError
from captchakit.learning import dataset
from captchakit.learning.drawing import (
    CHARACTERS,
    STYLES,
    Style,
    bounds,
    draw,
    draw_dataset,
    faces,
    glyphs,
    pixel,
    samples,
    sheet,
    stick,
    texts,
)
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.style import Bending, Inking, Lettering, Papering, Placing, Text

BUILTIN = [name for name, style in STYLES.items() if style.lettering.faces == "builtin"]
BLACK_ON_WHITE = {
    "inking": Inking(each=0, contrast=(1, 1), saturation=(0, 0), crisp=0),
    "papering": Papering(luminance=(((1, 1), 1),), saturation=(0, 0), frame=0),
}


@pytest.fixture(autouse=True)
def _no_fetched_faces(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only built-in faces: the tests mean the same on a machine that has fetched others."""
    monkeypatch.setenv(faces.FOLDER_VARIABLE, str(tmp_path_factory.getbasetemp() / "no-faces"))


@pytest.mark.parametrize("style", STYLES)
def test_every_style_draws_what_its_bounds_say(style: str) -> None:
    """Each named style draws BGR pictures whose labels and boxes fit."""
    alphabet, shortest, longest = bounds(STYLES[style])
    for seed in range(12):
        drawing = draw(style, seed)
        assert drawing.image.dtype == np.uint8
        assert drawing.image.ndim == 3
        assert min(drawing.image.shape[:2]) >= 12
        assert set(drawing.label) <= set(alphabet)
        assert shortest <= len(drawing.label) <= longest
        assert len(drawing.boxes) == len(drawing.label)
        height, width = drawing.image.shape[:2]
        assert all(0 <= b.x <= b.right <= width and 0 <= b.y <= b.bottom <= height for b in drawing.boxes)


def test_same_seed_same_bytes_in_any_order() -> None:
    """A drawing hangs on style and seed alone, not on what was drawn or cached before."""
    first = {seed: draw("any", seed).encode() for seed in range(40)}
    glyphs._kept.clear()
    again = {seed: draw("any", seed).encode() for seed in reversed(range(40))}
    assert first == again
    assert len(set(first.values())) == 40


@given(seed=st.integers(0, 2**70), style=st.sampled_from(sorted(STYLES)))
@settings(max_examples=60, deadline=None)
def test_encoded_file_decodes_to_the_image(seed: int, style: str) -> None:
    """What is written to disk is the picture that was drawn, also where it went through JPEG."""
    drawing = draw(style, seed)
    decoded = cv2.imdecode(np.frombuffer(drawing.encode(), np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(decoded, drawing.image)
    assert drawing.suffix == (".jpg" if drawing.encode()[:2] == b"\xff\xd8" else ".png")


@pytest.mark.parametrize(
    "bending",
    [
        Bending(),
        Bending(wave=1, whole=0),
        Bending(wave=1, whole=1),
        Bending(local=1, whole=0),
        Bending(perspective=1, bulge=1, whole=0),
        Bending(ripple=1, whole=0),
    ],
)
def test_boxes_surround_the_ink(bending: Bending) -> None:
    """Outside all boxes, with two pixels of tolerance, there is paper; inside each there is ink up to its sides."""
    style = Style(
        "boxes",
        text=Text((("ABHKM47", 1),), (3, 5)),
        lettering=Lettering("builtin", (("sans", 1), ("stick", 1))),
        placing=Placing(height=(40, 80), size=(0.3, 0.4), spacing=(0.3, 0.8), drift=0.2, margin=(0.5, 1)),
        bending=bending,
        **BLACK_ON_WHITE,  # type: ignore[arg-type]
    )
    for seed in range(25):
        drawing = draw(style, seed)
        ink = drawing.image[..., 0] < 100
        outside = ink.copy()
        for box in drawing.boxes:
            outside[max(0, box.y - 2) : box.bottom + 2, max(0, box.x - 2) : box.right + 2] = False
            part = ink[box.y : box.bottom, box.x : box.right]
            columns = np.flatnonzero(part.any(axis=0))
            assert columns[0] <= 6
            assert columns[-1] >= box.width - 7
        assert not outside.any()


def test_boxes_stand_in_the_order_of_the_label() -> None:
    """Widely spaced characters have boxes from left to right."""
    for seed in range(20):
        lefts = [b.x for b in draw("stick", seed).boxes]
        assert lefts == sorted(lefts)


@given(label=st.text(st.sampled_from(CHARACTERS), min_size=1, max_size=24), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_a_given_label_is_written(label: str, seed: int) -> None:
    """Any drawable text may be asked for and comes back as the label, one box a character."""
    drawing = draw("plain", seed, label)
    assert drawing.label == label
    assert len(drawing.boxes) == len(label)


def test_different_labels_give_different_pictures() -> None:
    """The label is really drawn."""
    assert draw("plain", 3, "ABCD").encode() != draw("plain", 3, "ABCE").encode()


@pytest.mark.parametrize(("label", "named"), [("", "1 to 24"), ("A" * 25, "1 to 24"), ("A\N{SNOWMAN}", "\N{SNOWMAN}")])
def test_labels_that_cannot_be_drawn_are_refused(label: str, named: str) -> None:
    """An empty, endless or undrawable label is an `OptionError` that says why."""
    with pytest.raises(OptionError, match=named):
        draw("plain", 0, label)


def test_unknown_styles_and_negative_seeds_are_refused(tmp_path: Path) -> None:
    """The message names the style that was asked for and those that there are."""
    with pytest.raises(OptionError, match=r"no style 'plian', but plain"):
        draw("plian", 0)
    with pytest.raises(OptionError, match="no style"):
        sheet("plian", 0)
    with pytest.raises(OptionError, match="no style"):
        draw_dataset(tmp_path / "x", "plian", 1, 0)
    with pytest.raises(OptionError, match="seed"):
        draw("plain", -1)
    with pytest.raises(OptionError, match="seed"):
        samples("plain", 1, -1)


@pytest.mark.parametrize("count", [0, -3])
def test_counts_under_one_are_refused(count: int, tmp_path: Path) -> None:
    """Nothing is written where nothing was asked for."""
    with pytest.raises(OptionError, match="1 or more"):
        draw_dataset(tmp_path / "out", "plain", count, 0)
    assert not (tmp_path / "out").exists()
    with pytest.raises(OptionError, match="at least one"):
        sheet("plain", 0, rows=count)


def test_a_style_with_too_few_pictures_is_an_error() -> None:
    """Where all drawings are alike, what is missing is said, not waited for."""
    still = Style(
        "still",
        text=Text((("1", 1),), (1, 1)),
        lettering=Lettering("builtin", (("pixel", 1),), bold=0, mixed=0, stretch=(1, 1)),
        placing=Placing((20, 20), (0.5, 0.5), 0, (0, 0), 0, 0, (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0.5, 0.5), 0),
        **BLACK_ON_WHITE,  # type: ignore[arg-type]
    )
    with pytest.raises(OptionError, match="no 40 different"):
        list(samples(still, 40, 0))


@pytest.mark.parametrize("style", ["plain", "coursework", "worn", "arithmetic"])
def test_a_drawn_dataset_loads_and_checks(style: str, tmp_path: Path) -> None:
    """A written folder is a valid dataset with its splits in the stated shares."""
    assert draw_dataset(tmp_path / "set", style, 40, 7) == 40
    loaded = dataset.load(tmp_path / "set")
    loaded.check()
    assert Counter(item.split for item in loaded.items) == {"train": 24, "validation": 6, "test": 10}
    assert loaded.case_sensitive
    assert style in loaded.description


def test_datasets_of_one_seed_are_one_dataset(tmp_path: Path) -> None:
    """Drawing twice gives the same rows and images, another seed other ones."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        draw_dataset(tmp_path / name, "strokes", 10, seed)
    one, two, other = (dataset.load(tmp_path / n).digest() for n in "abc")
    assert one == two != other


def test_a_sheet_shows_rows_and_columns() -> None:
    """The contact sheet has the stated size and repeats itself."""
    page = sheet("any", 5, 3, 4)
    assert page.shape == (3 * 88, 4 * 208, 3)
    assert np.array_equal(page, sheet("any", 5, 3, 4))


def test_named_styles_for_shipped_data_use_builtin_faces() -> None:
    """What the repository ships can be drawn again on every machine."""
    assert {"plain", "wave", "strokes", "coursework", "arithmetic", "pixel"} <= set(BUILTIN)
    assert len(STYLES) >= 25


@pytest.mark.parametrize("face", faces.builtin(), ids=lambda face: face.name)
def test_builtin_faces_draw_every_character_differently(face: faces.Face) -> None:
    """No glyph is empty, and no two are the same but those that sticks share."""
    found = {c: glyphs.glyph(face, c, 30) for c in face.characters}
    assert all(g.mask.any() for g in found.values())
    kinds = {(g.mask.shape, g.mask.tobytes(), round(g.top)) for g in found.values()}
    assert len(kinds) == len(found)
    assert set(CHARACTERS) - face.characters <= {"\N{MULTIPLICATION SIGN}", "÷"}


def test_own_faces_cover_all_characters() -> None:
    """The two faces drawn here have every character."""
    assert set(pixel.CHARACTERS) == set(stick.CHARACTERS) == set(CHARACTERS)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_questions_have_whole_answers_from_zero_on(seed: int) -> None:
    """Arithmetic questions divide evenly, do not go below zero and fit their stated lengths."""
    asked = texts.question(Dice("question", seed))
    assert texts.SHORTEST_SUM <= len(asked) <= texts.LONGEST_SUM
    plain = asked.rstrip("=?")
    sign = next(c for c in plain if not c.isdigit())
    first, second = (int(part) for part in plain.split(sign))
    assert sign != "-" or first >= second
    assert sign not in "÷/" or (second and first % second == 0)


@pytest.mark.parametrize("style", ["binary", "plain", "lowcontrast", "worn"])
def test_no_picture_is_blank(style: str) -> None:
    """Under every character there is more than one tone, but for one in a hundred spoilt pictures."""
    flat = 0
    for seed in range(150):
        drawing = draw(style, seed)
        flat += any(
            np.ptp(drawing.image[b.y : b.bottom, b.x : b.right]) < 10 for b in drawing.boxes if b.width * b.height > 60
        )
    assert flat <= 1
