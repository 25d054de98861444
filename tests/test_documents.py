"""What the documents tell the reader to type, typed."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from captchakit.reading.library import shipped
from captchakit.settings import Settings, variable
from tests.pictures import png
from tests.trainer_graphs import image, write

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
COMMAND = "from captchakit.cli import main; main()"


def blocks(name: str) -> list[tuple[str, str]]:
    """Return the shell blocks of a document, each with the word after `sh`."""
    return re.findall(r"^```sh ?(\w*)\n(.*?)^```", (DOCS / name).read_text(), re.MULTILINE | re.DOTALL)


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.fixture
def reader(tmp_path: Path) -> dict[str, str]:
    """The environment of a reader: `captchakit` on the path, nothing set, a folder of their own."""
    (tmp_path / "bin").mkdir()
    for name, run in {"captchakit": f"-c '{COMMAND}'", "python": ""}.items():
        script = tmp_path / "bin" / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {run} "$@"\n')
        script.chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CAPTCHAKIT_")}
    return {**kept, "PATH": f"{script.parent}:{os.environ['PATH']}", "CAPTCHAKIT_PORT": free_port()}


def typed(text: str, cwd: Path, environment: dict[str, str]) -> str:
    """Run a block as a shell does that stops at the first failure."""
    command = ["sh", "-euc", text.replace("127.0.0.1:9000", f"127.0.0.1:{environment['CAPTCHAKIT_PORT']}")]
    ran = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)  # noqa: PLW1510
    assert ran.returncode == 0, f"{text}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


def follow(name: str, cwd: Path, environment: dict[str, str]) -> list[str]:
    """Type every block of a document; `serve` goes on while the others are typed."""
    told, serving = [], None
    try:
        for kind, text in blocks(name):
            if kind != "serve":
                told.append(typed(text, cwd, environment))
                continue
            serving = subprocess.Popen(["sh", "-c", f"exec env {text}"], cwd=cwd, env=environment)
            wait(f"http://127.0.0.1:{environment['CAPTCHAKIT_PORT']}/health/ready")
    finally:
        if serving is not None:
            serving.terminate()
            serving.wait(30)
    return told


def wait(address: str) -> None:
    for _ in range(240):
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.25)
    raise AssertionError("the service did not start")


def programs(name: str) -> str:
    """Return the Python blocks of a document, one after the other."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```", (DOCS / name).read_text(), re.MULTILINE | re.DOTALL))


def run_program(text: str, cwd: Path, environment: dict[str, str]) -> list[str]:
    """Run a program from a file, as a reader would, and return the lines that it prints."""
    (cwd / "program.py").write_text(text)
    command = [sys.executable, "program.py"]
    ran = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)  # noqa: PLW1510
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def reference() -> Any:
    """Return docs/remake.py as a module."""
    spec = importlib.util.spec_from_file_location("remake", DOCS / "remake.py")
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_reference_is_up_to_date() -> None:
    """`python docs/remake.py` would write what stands there, and no page is left over."""
    pages = reference().pages()
    assert {p.name for p in (DOCS / "reference").iterdir()} == pages.keys()
    for name, text in pages.items():
        assert (DOCS / "reference" / name).read_text() == text, f"run python docs/remake.py: {name}"


def test_the_reference_tells_all() -> None:
    """No command, option, route, parameter, part or setting without a word on what it is."""
    pages = reference().pages()
    for name in ("cli.md", "parts.md"):
        assert not re.findall(r"^\|.*\|\s*\|$", pages[name], re.MULTILINE)
    for heading in re.findall(r"^### (\w+).*\n\n\n", pages["python.md"], re.MULTILINE):
        raise AssertionError(f"{heading} has no docstring")
    assert set(re.findall(r"^\| `(CAPTCHAKIT_\w+)`", pages["settings.md"], re.MULTILINE)) == {
        variable(name) for name in Settings.__dataclass_fields__
    }
    for name in Settings.__dataclass_fields__:
        assert f"`{name}`" in (Settings.__doc__ or "")


def test_operating_works_as_it_is_told(reader: dict[str, str], tmp_path: Path) -> None:
    """Keys are made, listed and removed, and the tables brought up to date."""
    made, *_ = follow("operate.md", tmp_path, reader)
    assert "me" in made


def test_moving_from_ddddocr_works_as_it_is_told(reader: dict[str, str], tmp_path: Path) -> None:
    """Its programs run one after the other, with the shipped model and with one of dddd_trainer's."""
    (tmp_path / "captcha.png").write_bytes((shipped("datasets") / "plain" / "images" / "00001.png").read_bytes())
    (tmp_path / "mine.png").write_bytes(png(image("TAB")))
    (tmp_path / "models").mkdir()
    write(tmp_path / "models")
    lines = run_program(programs("move-from-ddddocr.md"), tmp_path, reader)
    assert (lines[0], lines[1].split()[0], lines[-1]) == ("5IQ7", "5IQ7", "TAB")
    (told,) = follow("move-from-ddddocr.md", tmp_path, reader)
    assert '"text": "TAB"' in told
    assert "mine" in told


def test_a_plugin_is_written_as_it_is_told(reader: dict[str, str], tmp_path: Path, letters_folder: Path) -> None:
    """The toy plugin is what the page shows; it is installed, listed, learned with and measured."""
    toy = shutil.copytree(ROOT / "tests" / "toy_plugin", tmp_path / "toy_plugin")
    assert programs("write-a-plugin.md").strip() in (toy / "captchakit_toy" / "threshold.py").read_text()
    (tmp_path / "my-captchas").symlink_to(letters_folder)
    # Into a folder of its own, and without a network: the environment of the tests stays as it is.
    ((_, text),) = blocks("write-a-plugin.md")
    offline = f"install --quiet --no-deps --no-build-isolation --no-index --target {tmp_path / 'installed'}"
    told = typed(
        text.replace("pip install", f"pip {offline}"), tmp_path, {**reader, "PYTHONPATH": str(tmp_path / "installed")}
    )
    assert "captchakit-toy 1.2.3" in told
    assert "parrot" in told


@pytest.mark.slow
def test_scaling_out_works_as_it_is_told(reader: dict[str, str], tmp_path: Path) -> None:
    """Two processes answer, and two more read a folder of images."""
    follow("scale-out.md", tmp_path, reader)
    shutil.copytree(shipped("datasets") / "plain", tmp_path / "my-captchas")
    lines = run_program(programs("scale-out.md"), tmp_path, reader)
    assert len(lines) == 400
    assert "00001.png 5IQ7" in lines


@pytest.mark.slow
def test_what_is_understood_can_be_tried(reader: dict[str, str], tmp_path: Path) -> None:
    """A scheme is measured before and after some labels."""
    typed("captchakit draw --style plain --count 60 --out my-captchas", tmp_path, reader)
    told = follow("how-it-works.md", tmp_path, reader)
    assert "general" in told[0]
    assert "tuned" in told[0]


@pytest.mark.slow
def test_the_tutorial_leads_to_a_served_model(reader: dict[str, str], tmp_path: Path) -> None:
    """From drawing to asking the service, which answers as the command line does: how well, the benchmark has told."""
    told = follow("tutorial.md", tmp_path, reader)
    assert len(told) == len(blocks("tutorial.md")) - 1
    text = told[-2].splitlines()[0]
    assert text
    assert f'"text":"{text}"' in told[-1]


def test_a_model_runs_without_captchakit(reader: dict[str, str]) -> None:
    """The README's few lines of ONNX Runtime read the text that stands beside them."""
    (lines,) = re.findall(
        r"^```python\n(import json.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert "captchakit import" not in lines
    told = subprocess.run(
        [sys.executable, "-c", lines], cwd=ROOT, env=reader, capture_output=True, text=True, check=True
    )
    assert told.stdout == "5IQ7\n"


@pytest.mark.parametrize(
    "path", [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name
)
def test_links_lead_somewhere(path: Path) -> None:
    """A file that a document links to is there, and so is the heading in it."""
    for file, heading in re.findall(r"\]\((?!http)([^)#\s]*)(?:#([^)\s]*))?\)", path.read_text()):
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{path.name}: {file}"
        if heading:
            titles = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}
            assert heading in anchors, f"{path.name}: {file}#{heading}"
