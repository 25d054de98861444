"""The command as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from captchakit.reading.library import shipped
from tests.pictures import captcha, png

SCRIPT = Path(sys.executable).parent / "captchakit"


def run(models: Path, *arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "CAPTCHAKIT_MODELS": str(models)}
    command = [str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, env=environment, timeout=60, check=False)


def test_the_script_solves(models_folder: Path, tmp_path: Path) -> None:
    """The installed command prints the text, and nothing to standard error."""
    (tmp_path / "a.png").write_bytes(png(captcha("ABT", 3)))
    ran = run(models_folder, "solve", tmp_path / "a.png")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"ABT\n", b"")


def test_the_package_runs_as_the_script_does() -> None:
    """`python -m captchakit` is the same command, under its own name."""
    command = [sys.executable, "-m", "captchakit", "solve", "--help"]
    ran = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"Usage: python -m captchakit solve" in ran.stdout


def test_the_script_reads_standard_input(models_folder: Path) -> None:
    """A pipe into `-` is solved."""
    assert run(models_folder, "solve", "-", stdin=png(captcha("TAB", 4))).stdout == b"TAB\n"


@pytest.mark.parametrize("name", ["truncated.jpg", "corrupt.png", "truncated.webp", "bomb.png"])
def test_libraries_stay_silent_about_broken_images(models_folder: Path, name: str) -> None:
    """What a decoding library has to say of a broken image is not shown, nor a traceback: one line, status 1."""
    path = Path(__file__).parent.parent / "broken" / name
    ran = run(models_folder, "solve", path)
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert ran.stderr.startswith(f"captchakit: {path}: ".encode())
    assert ran.stderr.count(b"\n") == 1


def test_a_reader_who_leaves_early_is_no_error_message(models_folder: Path, tmp_path: Path) -> None:
    """`captchakit solve DIR | head -1` ends without a traceback."""
    for n in range(30):
        (tmp_path / f"{n:02}.png").write_bytes(png(captcha("ABT", n)))
    environment = {**os.environ, "CAPTCHAKIT_MODELS": str(models_folder)}
    command = f"'{SCRIPT}' solve '{tmp_path}' | head -1"
    ran = subprocess.run(command, shell=True, capture_output=True, env=environment, timeout=60, check=False)
    assert ran.stdout.count(b"\n") == 1
    assert ran.stderr == b""


def test_an_output_that_takes_nothing_is_told(models_folder: Path, tmp_path: Path) -> None:
    """On a full disk there is one line and no traceback."""
    (tmp_path / "a.png").write_bytes(png(captcha("ABT", 3)))
    environment = {**os.environ, "CAPTCHAKIT_MODELS": str(models_folder)}
    with Path("/dev/full").open("w") as full:
        command = [str(SCRIPT), "solve", str(tmp_path / "a.png")]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (2, b"captchakit: No space left on device\n")


def test_a_name_that_the_terminal_cannot_show_is_escaped(models_folder: Path, tmp_path: Path) -> None:
    """Bytes of a file's name that are no text are written as escapes where the output is strict."""
    for name in (b"a\xff.png", b"b.png"):
        (tmp_path / os.fsdecode(name)).write_bytes(png(captcha("ABT", 3)))
    environment = {**os.environ, "CAPTCHAKIT_MODELS": str(models_folder), "PYTHONIOENCODING": "utf-8:strict"}
    command = [str(SCRIPT), "solve", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.count(b"\tABT\n") == 2
    assert b"a\\udcff.png" in ran.stdout


def test_training_without_the_train_extra_is_refused_in_one_line() -> None:
    """Where only solving is installed, `train` names the extra and exits 2, without a traceback."""
    code = "import sys; sys.modules['onnx'] = None; from captchakit.cli import main; main()"
    arguments = ["train", str(shipped("datasets") / "plain"), "--output", "mine.onnx"]
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "extra 'train'" in ran.stderr
