"""Whether a run is still going on: a lock on a file beside it, which ends with the process that holds it."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows has no such locks; nothing is said of a run there
    fcntl = None

LOCK = ".going-on"


class Living:
    """Holds a run's lock from now on until it is ended, or the process is, however that happens."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:  # a file system that knows no locks: without the file nothing is said of the run
            self._path.unlink()

    def end(self) -> None:
        """Let go."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def killed(folder: Path) -> bool:
    """Return whether nobody holds the lock of a run that has not ended; False where it cannot be known."""
    if fcntl is None:
        return False
    try:
        with (folder / LOCK).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # held, or none there, as beside runs of an earlier captchakit
        return False
    return True
