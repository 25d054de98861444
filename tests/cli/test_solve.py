"""`captchakit solve`."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from tests.conftest import Ran
from tests.pictures import captcha, png

Run = Callable[..., Ran]
BROKEN = sorted((Path(__file__).parent.parent / "broken").iterdir())


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with two captchas and a text file."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(png(captcha("ABT", 3)))
    (tmp_path / "images" / "b.png").write_bytes(png(captcha("TAB", 4)))
    (tmp_path / "images" / "notes.txt").write_text("no image")
    return tmp_path / "images"


def test_one_image_prints_its_text_alone(captchakit: Run, images: Path) -> None:
    """The answer and nothing else goes to standard output."""
    assert captchakit("solve", images / "a.png") == Ran(0, "ABT\n", "")


def test_several_images_print_path_and_text(captchakit: Run, images: Path) -> None:
    """A line for each image, in the order given."""
    a, b = images / "a.png", images / "b.png"
    assert captchakit("solve", b, a) == Ran(0, f"{b}\tTAB\n{a}\tABT\n", "")


def test_a_folder_prints_path_and_text(captchakit: Run, images: Path) -> None:
    """Every image of a folder is solved, other files are passed over; so it is for a folder of one."""
    a, b = images / "a.png", images / "b.png"
    assert captchakit("solve", images) == Ran(0, f"{a}\tABT\n{b}\tTAB\n", "")
    b.unlink()
    assert captchakit("solve", images) == Ran(0, f"{a}\tABT\n", "")


def test_a_dash_reads_standard_input(captchakit: Run) -> None:
    """`-` is an image like any other."""
    assert captchakit("solve", "-", stdin=png(captcha("ABT", 3))) == Ran(0, "ABT\n", "")


def test_json_prints_an_object_a_line(captchakit: Run, images: Path) -> None:
    """With `--json` each line has path, text, confidence, symbols, model and time, or path and error."""
    bad = images / "notes.txt"
    ran = captchakit("solve", "--json", images / "a.png", bad)
    good, failed = map(json.loads, ran.out.splitlines())
    assert good.keys() == {
        "path",
        "text",
        "confidence",
        "symbols",
        "excluded",
        "reason",
        "alternatives",
        "model",
        "elapsed_ms",
    }
    assert (good["path"], good["text"], good["model"]) == (str(images / "a.png"), "ABT", "letters")
    assert [s["label"] for s in good["symbols"]] == ["A", "B", "T"]
    assert failed.keys() == {"path", "error"}
    assert failed["path"] == str(bad)
    assert ran.status == 1


def test_a_bad_file_among_good_ones_is_reported(captchakit: Run, images: Path) -> None:
    """The others are solved, standard error names file and reason in a line, and the status is 1."""
    a, bad, none = images / "a.png", images / "notes.txt", images / "none.png"
    ran = captchakit("solve", bad, a, none)
    assert (ran.status, ran.out) == (1, f"{a}\tABT\n")
    first, second = ran.err.splitlines()
    assert first == f"captchakit: {bad}: not an image of a known format (PNG, JPEG, GIF, WebP, BMP)"
    assert second == f"captchakit: {none}: No such file or directory"


@pytest.mark.parametrize("path", [pytest.param(p, id=p.name) for p in BROKEN])
def test_every_broken_image_is_one_line(captchakit: Run, path: Path) -> None:
    """A broken image prints nothing to standard output, one line that names it to standard error, and ends in 1."""
    ran = captchakit("solve", path)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"captchakit: {path}: ")
    assert ran.err.count("\n") == 1


def test_an_alphabet_bounds_the_answer(captchakit: Run, images: Path) -> None:
    """`--alphabet` is obeyed, and one that the model knows nothing of is wrong usage."""
    assert set(captchakit("solve", "--alphabet", "AT", images / "a.png").out.strip()) <= {"A", "T"}
    ran = captchakit("solve", "--alphabet", "0123", images / "a.png")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("captchakit: the model knows no label of the alphabet '0123'")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (("--length", "3"), "ABT"),
        (("--length", "2-3"), "ABT"),
        (("--pattern", "[A-T]{3}"), "ABT"),
        (("--pattern", "^A.T$"), "ABT"),
        (("--case", "lower"), "abt"),
        (("--case", "ignore", "--pattern", "a[b-t]+"), "ABT"),
        (("--case", "upper", "--alphabet", "abt"), "ABT"),
    ],
)
def test_answers_keep_to_what_is_known(captchakit: Run, images: Path, given: tuple[str, ...], text: str) -> None:
    """Length, pattern and case hold the answer, and write it."""
    assert captchakit("solve", *given, images / "a.png") == Ran(0, f"{text}\n", "")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (("--length", "x"), "--length is a number as 5, or two as 4-6, not 'x'"),
        (("--length", "6-4"), "--length is"),
        (("--length", "0"), "--length is"),
        (("--alphabet", ""), "--alphabet is empty, which would allow no answer"),
        (("--pattern", ""), "--pattern is empty"),
        (("--case", "camel"), "--case is lower, upper, ignore, not 'camel'"),
        (("--pattern", "("), "the pattern '(' is not understood: a group is not closed at character 2"),
        (("--pattern", "[0-9]+"), "no answer of the model's alphabet meets pattern '[0-9]+'"),
    ],
)
def test_what_cannot_be_met_or_understood_is_told(
    captchakit: Run, images: Path, given: tuple[str, ...], reason: str
) -> None:
    """One line, before anything is answered, and the status is 2."""
    ran = captchakit("solve", *given, images / "a.png")
    assert (ran.status, ran.out) == (2, "")
    assert reason in ran.err
    assert ran.err.count("\n") == 1


def test_a_withheld_answer_is_told_with_its_reason(captchakit: Run, images: Path) -> None:
    """Nothing of it goes to standard output; the others are answered, and the status is 3."""
    a, blank = images / "a.png", Path(__file__).parent.parent / "tiny" / "blank.png"
    ran = captchakit("solve", "--min-confidence", "0.2", a, blank)
    assert ran == Ran(3, f"{a}\tABT\n", f"captchakit: {blank}: no answer: no_glyphs\n")
    ran = captchakit("solve", "--min-confidence", "1", a)
    assert (ran.status, ran.out) == (3, "")
    assert ran.err.startswith(f"captchakit: {a}: no answer: low_confidence (confidence ")
    assert captchakit("solve", "--alphabet", "T", "--min-confidence", "0.1", a).err.endswith("outside_alphabet\n")
    assert captchakit("solve", "--length", "9", a) == Ran(3, "", f"captchakit: {a}: no answer: length_mismatch\n")


def test_a_withheld_answer_in_json_has_its_reason(captchakit: Run, images: Path) -> None:
    """The line is there, without text, and one that could not be read counts for more."""
    ran = captchakit("solve", "--json", "--min-confidence", "1", images / "a.png", images / "notes.txt")
    withheld = json.loads(ran.out.splitlines()[0])
    assert (withheld["text"], withheld["reason"], ran.status) == ("", "low_confidence", 1)
    assert 0 < withheld["confidence"] < 1


def test_top_gives_alternatives(captchakit: Run, images: Path) -> None:
    """With `--json` the most probable answers are listed with their probabilities, the answer first."""
    told = json.loads(captchakit("solve", "--json", "--top", "3", images / "a.png").out)
    assert len(told["alternatives"]) == 3
    assert told["alternatives"][0]["text"] == told["text"] == "ABT"
    assert told["alternatives"][0]["probability"] > told["alternatives"][1]["probability"]


def test_what_is_no_sum_is_told(captchakit: Run, images: Path) -> None:
    """A model without digits can read no sum: wrong usage, in one line."""
    ran = captchakit("solve", "--evaluate", images / "a.png")
    assert (ran.status, ran.out) == (2, "")
    assert "no answer of the model's alphabet meets pattern" in ran.err


def test_a_model_is_chosen_by_name_or_path(captchakit: Run, images: Path, models_folder: Path) -> None:
    """A name from the environment's folders and a path are both taken."""
    for model in ("letters-cuts", models_folder / "letters-cuts.onnx"):
        ran = captchakit("solve", "--json", "--model", model, images / "a.png")
        assert json.loads(ran.out)["model"] == "letters-cuts"


@pytest.mark.parametrize("model", ["none", "none.onnx", __file__])
def test_an_unknown_model_is_wrong_usage(captchakit: Run, images: Path, model: str) -> None:
    """A model that is not there, or is none, is told in one line, and the status is 2."""
    ran = captchakit("solve", "--model", model, images / "a.png")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("captchakit: ")
    assert ran.err.count("\n") == 1
    assert model in ran.err


def test_explain_draws_the_stages(captchakit: Run, images: Path, tmp_path: Path) -> None:
    """`--explain` writes a picture beside the answer."""
    out = tmp_path / "why.png"
    assert captchakit("solve", "--explain", out, images / "a.png") == Ran(0, "ABT\n", "")
    assert cv2.imread(str(out)) is not None


@pytest.mark.parametrize(
    ("out", "image", "status"), [("why.jpg", "a.png", 2), ("no/such/why.png", "a.png", 2), ("why.png", "notes.txt", 1)]
)
def test_what_cannot_be_explained_is_told(
    captchakit: Run, images: Path, tmp_path: Path, out: str, image: str, status: int
) -> None:
    """A picture of another kind, a folder that is not there, or no image: one line each."""
    ran = captchakit("solve", "--explain", tmp_path / out, images / image)
    assert ran.status == status
    assert ran.err.count("\n") == 1


def test_the_image_itself_is_not_written_over(captchakit: Run, images: Path) -> None:
    """`--explain` refuses to draw into the image that it explains."""
    before = (images / "a.png").read_bytes()
    ran = captchakit("solve", "--explain", images / ".." / "images" / "a.png", images / "a.png")
    assert (ran.status, ran.out) == (2, "")
    assert "would write over the image" in ran.err
    assert (images / "a.png").read_bytes() == before


@pytest.mark.parametrize("given", [("solve",), ("solve", "--no-such-option", "x"), ("no-such-command",)])
def test_wrong_usage_ends_in_two(captchakit: Run, given: tuple[str, ...]) -> None:
    """Wrong usage prints nothing to standard output."""
    ran = captchakit(*given)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err


def test_an_empty_folder_is_told(captchakit: Run, images: Path, tmp_path: Path) -> None:
    """A folder without an image is told as an image is that cannot be read, and the others are solved."""
    (tmp_path / "none").mkdir()
    ran = captchakit("solve", tmp_path / "none", images / "a.png")
    told = f"captchakit: {tmp_path / 'none'}: no image in this folder\n"
    assert ran == Ran(1, f"{images / 'a.png'}\tABT\n", told)
    assert captchakit("solve", "") == Ran(1, "", "captchakit: : no image in this folder\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a matter of POSIX")
def test_a_pipe_is_read_and_never_waited_for(captchakit: Run, images: Path, tmp_path: Path) -> None:
    """What comes through a pipe is solved; one that nobody writes to is empty, and one without end is too long."""
    os.mkfifo(tmp_path / "pipe")
    assert captchakit("solve", tmp_path / "pipe").err == f"captchakit: {tmp_path / 'pipe'}: the image is empty\n"
    reading, writing = os.pipe()
    os.write(writing, (images / "a.png").read_bytes())
    os.close(writing)
    assert captchakit("solve", f"/dev/fd/{reading}") == Ran(0, "ABT\n", "")
    os.close(reading)
    assert "/dev/zero: the file has more than 67108864 bytes" in captchakit("solve", "/dev/zero").err


def test_standard_input_may_be_closed(captchakit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as an image that cannot be read."""
    monkeypatch.setattr(io, "TextIOWrapper", lambda _: None)
    assert captchakit("solve", "-") == Ran(1, "", "captchakit: -: standard input is closed\n")


@pytest.mark.skipif(os.name == "nt", reason="file names of bytes are a matter of POSIX")
def test_a_file_name_of_any_bytes_is_solved(captchakit: Run, images: Path) -> None:
    """Names with spaces, tabs or beyond ASCII are paths like any other."""
    for name in ("with space.png", "grün.png", "-dash.png"):
        (images / name).write_bytes(png(captcha("ABT", 3)))
        assert captchakit("solve", "--", images / name).out == "ABT\n"
