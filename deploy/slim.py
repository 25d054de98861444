"""Take out of an environment what solving and serving never load: `python deploy/slim.py FOLDER`, in the Dockerfile.

Tests of others, headers, what only installs or only trains, the second copy of ONNX Runtime that its C interface links,
and what Litestar has for examples of data in other languages. Whether it still solves and serves is tested.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = (
    "pip setuptools pkg_resources _distutils_hack distutils-precedence.pth",  # install
    "httpx httpcore",  # a test client
    "google flatbuffers onnxruntime/transformers onnxruntime/tools onnxruntime/quantization onnxruntime/datasets",
    "numpy/f2py numpy/distutils numpy/_pyinstaller sqlalchemy/testing",
)
FILES = (
    "onnxruntime/capi/libonnxruntime.so*",  # for programs in C; Python's module has all of it in itself
    "pygments/lexers/[a-z]*.py",  # colours for languages
    "faker/providers/*/[a-z][a-z]_[A-Z][A-Z]",  # Litestar loads faker for examples of data, of which there are none
    "**/*.pyi",
    "**/*.pxd",
    "**/*.pyx",
    "**/*.h",
    "**/*.c",
    "**/*.a",
)
FOLDERS = ("tests", "test", "__pycache__")
USED = """
import tempfile
from pathlib import Path
import captchakit.serving.running
from captchakit.cli import main
from captchakit.reading.library import shipped
from captchakit.serving.app import create_app
from captchakit.settings import Settings
with tempfile.TemporaryDirectory() as folder:
    create_app(Settings(data=Path(folder))).openapi_schema.to_schema()
import sys
sys.argv = ["captchakit", "solve", str(shipped("datasets") / "plain" / "images" / "00001.png")]
main()
"""
"""A program that loads what is loaded: its modules alone are worth compiling."""


def slim(environment: Path) -> None:
    """Remove it, strip symbols where there is `strip`, and compile what is used."""
    (packages,) = environment.glob("lib/python3*/site-packages")
    for name in " ".join(PACKAGES).split():
        _remove(packages / name)
    for pattern in FILES:
        for path in [p for p in packages.glob(pattern) if not p.name.startswith("en_")]:
            _remove(path)
    for path in [p for p in packages.rglob("*") if p.is_dir() and p.name in FOLDERS]:
        _remove(path)
    _strip(packages)
    writing = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([environment / "bin" / "python", "-c", USED], check=True, env=writing)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _strip(packages: Path) -> None:
    """Strip extension modules; libraries that were patched into wheels (`*.libs`) would not load any more."""
    program = shutil.which("strip")
    modules = [p for p in packages.rglob("*.so") if not p.parent.name.endswith(".libs")]
    if program:
        subprocess.run([program, "--strip-unneeded", *modules], check=True)


if __name__ == "__main__":
    slim(Path(sys.argv[1]))
