"""Models by name, and what is shipped with the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from captchakit.errors import ModelError
from captchakit.reading.pipeline import Pipeline

SUFFIX = ".onnx"
DEFAULT_MODEL = "general"


def shipped(kind: str) -> Path:
    """Return the folder of shipped `models` or `datasets`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "shipped" / kind
    return installed if installed.is_dir() else package.parent / kind


class Library(Mapping[str, Path]):
    """Model files by name, the file's stem; earlier folders hide later ones. Opened pipelines are kept."""

    def __init__(self, folders: Sequence[str | Path] = ()) -> None:
        """Look in `folders` first and in the shipped models last."""
        self.folders = (*(Path(f) for f in folders), shipped("models"))
        self._open = lru_cache(maxsize=16)(Pipeline.load)

    def __repr__(self) -> str:
        return f"Library({', '.join(map(str, self.folders))})"

    def __getitem__(self, name: str) -> Path:
        for folder in self.folders:
            path = folder / f"{name}{SUFFIX}"
            if Path(name).name == name and path.is_file():
                return path
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({p.stem for folder in self.folders for p in folder.glob(f"*{SUFFIX}") if p.is_file()}))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def open(self, model: str | Path | None = None) -> Pipeline:
        """Return the pipeline of a model by name or by path, the default one for None; raises `ModelError`."""
        return self._open(self.path(str(model) if model is not None else DEFAULT_MODEL))

    def path(self, wanted: str) -> Path:
        """Return the file of a model by name or by path; raises `ModelError`."""
        if wanted in self:
            return self[wanted]
        if wanted.endswith(SUFFIX) or Path(wanted).is_file():
            return Path(wanted)
        raise ModelError(f"no model {wanted!r}; there are {', '.join(self) or 'none'}, or give the path of a file")
