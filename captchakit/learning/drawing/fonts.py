"""Fetch faces from the packages of `faces.toml`, check what they draw, and write the index that `faces` reads.

    python -m captchakit.learning.drawing.fonts fetch [FOLDER]
    python -m captchakit.learning.drawing.fonts index [FOLDER]

`fetch` asks `apt-get` for Debian packages and `pip` for wheels, whatever sources these are set up with; what one of
them cannot get is named and left out. The default folder is that of `faces.folder`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from captchakit.errors import OptionError
from captchakit.learning.drawing import faces, proof

TABLE = Path(__file__).with_name("faces.toml")
_SUFFIXES = {".ttf", ".otf", ".ttc"}
_KINDS = (
    ("*slab*", "slab"), ("*mono*", "mono"), ("*code*", "mono"), ("*typewriter*", "mono"), ("*sans*", "sans"),
    ("*serif*", "serif"),
)  # fmt: skip
"""Kinds that file names tell, where the table does not and the package is one of text faces."""


def table() -> dict[str, list[dict[str, Any]]]:
    """Return the table of packages: `package` and `wheel`, each a list of name, licence, kind, and exceptions."""
    found: dict[str, list[dict[str, Any]]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return found


def fetch(at: Path) -> int:
    """Fill a folder with all packages of the table and return how many faces passed; raises `OptionError` for none."""
    at.mkdir(parents=True, exist_ok=True)
    rows = table()
    for row in rows["package"]:
        _say(row["name"], _take(row, at, ["apt-get", "download", row["name"]], ".deb"))
    for row in rows["wheel"]:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", row["name"]]
        _say(row["name"], _take(row, at, pip, ".whl", ".tar.gz"))
    count = index(at)
    _prune(at)
    return count


def _prune(at: Path) -> None:
    """Delete the font files that no face of the index needs."""
    used = {Path(face.source) for face in faces.fetched(at)}
    for path in [p for p in at.glob("*/*") if p.suffix.lower() in _SUFFIXES and p not in used]:
        path.unlink()


def _say(name: str, count: int) -> None:
    sys.stderr.write(f"{name}: {count} files\n" if count else f"{name}: not to be had, left out\n")


def _take(row: dict[str, Any], at: Path, command: list[str], *suffixes: str) -> int:
    """Fetch one package and keep its font files and its licence; return how many font files there were."""
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        try:
            subprocess.run(command, cwd=room, check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError):
            return 0
        for archive in [p for p in room.iterdir() if p.name.endswith(suffixes)]:
            _unpack(archive, room / "content")
        return _keep(room / "content", at / row["name"])


def _unpack(archive: Path, into: Path) -> None:
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(archive), str(into)], check=True, capture_output=True)
    elif archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as held:
            held.extractall(into)
    else:
        shutil.unpack_archive(archive, into, filter="data")


def _keep(content: Path, into: Path) -> int:
    fonts = {p.name: p for p in sorted(content.rglob("*")) if p.suffix.lower() in _SUFFIXES and p.is_file()}
    if fonts:
        into.mkdir(exist_ok=True)
    for name, path in fonts.items():
        shutil.copyfile(path, into / name)
    for licence in [
        p for p in content.rglob("*") if p.name.lower() in ("copyright", "license", "license.txt", "ofl.txt")
    ]:
        shutil.copyfile(licence, into / licence.name) if fonts else None
    return len(fonts)


def index(at: Path) -> int:
    """Check every face in a folder, write its index, and return how many passed; raises `OptionError` for none."""
    found = proof.proven(list(_candidates(at)))
    if not found:
        raise OptionError(f"{at} holds no face that draws letters or digits")
    rows = [
        {"name": f.name, "kind": f.kind, "file": str(Path(f.source).relative_to(at).as_posix()), "index": f.index,
         "cap": f.cap, "characters": "".join(sorted(f.characters))}
        for f in found
    ]  # fmt: skip
    text = json.dumps({"faces": rows}, ensure_ascii=False, indent=0)
    (at / faces.INDEX).write_text(text, encoding="utf-8")
    return len(rows)


def _candidates(at: Path) -> Iterator[faces.Face]:
    rows = table()
    for row in sorted(rows["package"] + rows["wheel"], key=lambda r: str(r["name"])):
        for path in sorted((at / row["name"]).glob("*")):
            if path.suffix.lower() not in _SUFFIXES or not _wanted(row, path.name):
                continue
            name = f"{row['name']}/{path.name}"
            yield faces.Face(name, _kind(row, path.name), str(path), frozenset())


def _wanted(row: dict[str, Any], name: str) -> bool:
    return any(fnmatch(name, p) for p in row.get("only", ["*"])) and not any(
        fnmatch(name, p) for p in row.get("skip", [])
    )


def _kind(row: dict[str, Any], name: str) -> str:
    for pattern, kind in row.get("kinds", {}).items():
        if fnmatch(name, pattern):
            return str(kind)
    guesses = _KINDS if row["kind"] in ("sans", "serif") else ()
    return next((kind for pattern, kind in guesses if fnmatch(name.lower(), pattern)), str(row["kind"]))


def main(arguments: list[str]) -> int:
    """Run `fetch` or `index`; return the exit status."""
    if not 1 <= len(arguments) <= 2 or arguments[0] not in ("fetch", "index"):
        sys.stderr.write(__doc__ or "")
        return 2
    at = Path(arguments[1]) if len(arguments) == 2 else faces.folder()
    try:
        count = fetch(at) if arguments[0] == "fetch" else index(at)
    except OptionError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"{count} faces in {at}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
