"""Which faces there are to draw with: a few that need no file, and those that `fonts` fetched."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from captchakit.errors import OptionError
from captchakit.learning.drawing import pixel, stick
from captchakit.learning.drawing.dice import Dice, Weights

INDEX = "faces.json"
FOLDER_VARIABLE = "CAPTCHAKIT_FONTS"

_STICKS = (
    ("stick-hair", 0.07, False),
    ("stick-line", 0.12, True),
    ("stick-pen", 0.17, True),
    ("stick-bar", 0.2, False),
)


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface: `source` is a font file, or `pillow`, `pixel` or `stick` for those that need none.

    `cap` is the cap height over the size that the source is asked for, `characters` are those that it really draws.
    """

    name: str
    kind: str
    source: str
    characters: frozenset[str]
    cap: float = 1.0
    index: int = 0
    weight: float = 0.0
    rounded: bool = False


def folder() -> Path:
    """Return where fetched faces are kept: the variable `CAPTCHAKIT_FONTS`, else a folder in the user's cache."""
    return _folder(os.environ.get(FOLDER_VARIABLE))


@cache
def _folder(named: str | None) -> Path:
    """Return the folder, made once: whoever draws asks for each face, and a path takes long to put together."""
    return Path(named) if named else Path.home() / ".cache" / "captchakit" / "fonts"


@cache
def builtin() -> tuple[Face, ...]:
    """Return the faces that are the same on every machine: Pillow's embedded one, pixels, and four sticks."""
    # Pillow's face is a subset of Aileron, which lacks the signs of multiplication and division.
    plain = frozenset(pixel.CHARACTERS) - {"\N{MULTIPLICATION SIGN}", "\N{DIVISION SIGN}"}
    sticks = [Face(n, "stick", "stick", frozenset(stick.CHARACTERS), weight=w, rounded=r) for n, w, r in _STICKS]
    return (
        Face("aileron", "sans", "pillow", plain, cap=0.7),
        Face("pixel", "pixel", "pixel", frozenset(pixel.CHARACTERS)),
        *sticks,
    )


@cache
def fetched(at: Path) -> tuple[Face, ...]:
    """Return the checked faces of a folder, none where it has no index; raises `OptionError` for a broken index."""
    try:
        rows: list[dict[str, Any]] = json.loads((at / INDEX).read_text(encoding="utf-8"))["faces"]
        return tuple(
            Face(r["name"], r["kind"], str(at / r["file"]), frozenset(r["characters"]), r["cap"], r["index"])
            for r in rows
        )
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError) as error:
        raise OptionError(f"{at / INDEX} is no index of faces: {error!r}") from None


@cache
def by_kind(which: str, at: Path | None) -> dict[str, tuple[Face, ...]]:
    """Return the faces of a set, `builtin` or `all`, under their kinds; raises `OptionError` for another set."""
    if which not in ("builtin", "all"):
        raise OptionError(f"the faces of a style are 'builtin' or 'all', not {which!r}")
    faces = builtin() + (fetched(at) if which == "all" and at is not None else ())
    kinds: dict[str, list[Face]] = {}
    for face in faces:
        kinds.setdefault(face.kind, []).append(face)
    return {kind: tuple(held) for kind, held in kinds.items()}


@cache
def by_package(which: str, at: Path | None) -> dict[str, tuple[tuple[Face, ...], ...]]:
    """Return the faces of a set under their kinds, those of one package together."""
    found = {}
    for kind, held in by_kind(which, at).items():
        packages: dict[str, list[Face]] = {}
        for face in held:
            packages.setdefault(face.name.split("/")[0], []).append(face)
        found[kind] = tuple(tuple(p) for p in packages.values())
    return found


def choose(which: str, kinds: Weights[str], text: str, dice: Dice) -> Face:
    """Return a face of one of the kinds that draws all of `text`, or a stick, which draws everything."""
    at = folder() if which == "all" else None
    there, packages = by_kind(which, at), by_package(which, at)
    possible = tuple((kind, weight) for kind, weight in kinds if kind in there) or (("sans", 1.0),)
    needed = set(text)
    for _ in range(6):
        kind = dice.weighted(possible)
        # Half of the picks go by package: else families of seventy weights would crowd out those of one.
        face = dice.one(there[kind]) if dice.chance(0.5) else dice.one(dice.one(packages[kind]))
        if needed <= face.characters:
            return face
    return dice.one(there["stick"])
