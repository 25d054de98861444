"""Take out of an environment what solving and serving never load: `python deploy/slim.py FOLDER`, in the Dockerfile.

Tests of others, headers, what only installs or only trains, the second copy of ONNX Runtime that its C interface links,
and what Litestar has for examples of data in other languages. With `--root`, the folder is a system's, and loses what
installs packages, its documents, and Perl. Whether it still solves and serves is tested.
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
    "sqlalchemy/dialects/mysql sqlalchemy/dialects/oracle sqlalchemy/dialects/mssql alembic/templates",
)
FILES = (
    "onnxruntime/capi/libonnxruntime.so*",  # for programs in C; Python's module has all of it in itself
    "pygments/lexers/[a-z]*.py",  # colours for languages
    "faker/providers/*/[a-z][a-z]_[A-Z][A-Z]",  # Litestar loads faker for examples of data, of which there are none
    "numpy/_core/_simd*.so",  # its own tests
    "**/*.pyi",
    "**/*.pxd",
    "**/*.pyx",
    "**/*.h",
    "**/*.c",
    "**/*.a",
)
SYSTEM = (
    "usr/share/doc usr/share/man usr/share/info usr/share/locale usr/share/lintian usr/share/python-wheels",
    "usr/share/perl* usr/lib/*/perl* usr/bin/perl* usr/lib/*/libperl*",
    "usr/bin/apt* usr/lib/apt usr/share/apt etc/apt usr/lib/*/libapt-* var/lib/apt var/cache var/log/*",
    "usr/bin/dpkg* usr/lib/dpkg usr/share/dpkg var/lib/dpkg/info usr/lib/*/gconv root/.cache",
    "usr/sbin/[!ln]* usr/bin/openssl usr/bin/gpgv usr/bin/localedef",
    "usr/lib/*/libgnutls* usr/lib/*/libp11-kit* usr/lib/*/libunistring* usr/lib/*/libhogweed* usr/lib/*/libnettle*",
)
"""Beside these its Python's parts below; the list of its packages stays, for those who look for what is outdated."""
LIBRARY = "ensurepip idlelib lib2to3 pydoc_data test tkinter turtledemo config-* distutils site-packages dist-packages"

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


def slim_root(root: Path) -> None:
    """Remove from a system what a running container never needs."""
    library = " ".join(f"usr/{place}lib/python3*/{part}" for place in ("", "local/") for part in LIBRARY.split())
    for pattern in " ".join((*SYSTEM, library)).split():
        for path in list(root.glob(pattern)):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
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
    if sys.argv[1] == "--root":
        slim_root(Path(sys.argv[2]))
    else:
        slim(Path(sys.argv[1]))
