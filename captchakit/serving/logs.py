"""The service's log: one JSON object a line, in a file that is rotated, whichever worker writes it."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import structlog

MAX_BYTES, KEPT = 16 * 2**20, 4
LOOK_EVERY = 64
"""After so many lines a process looks whether another one has rotated the file."""

LOGGERS = ("uvicorn", "uvicorn.error", "captchakit", "alembic", "dbos")
"""Whose lines go into the file; they are the process's, so a service is meant to have its process to itself."""

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Rotated(logging.Handler):
    """Appends lines to a file; several processes may do so at once, and one of them rotates it.

    A line is one write to a file opened for appending, so that lines of two processes never mix.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        super().__init__()
        self.path, self.max_bytes, self.kept = path, max_bytes, kept
        self._turn = Lock()
        self._file = -1
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record's line; one that cannot be written is told on standard error."""
        try:
            self.write(self.format(record))
        except OSError:
            self.handleError(record)

    def write(self, text: str) -> None:
        """Write one line; raises `OSError`."""
        line = text.encode("utf-8", "replace") + b"\n"
        with self._turn:
            if self._size + len(line) > self.max_bytes or self._lines >= LOOK_EVERY:
                self._look(len(line))
            os.write(self._file, line)
            self._size += len(line)
            self._lines += 1

    def close(self) -> None:
        """Let go of the file."""
        super().close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        self._size, self._lines = os.fstat(self._file).st_size, 0

    def _look(self, more: int) -> None:
        """See whether another process has rotated the file or added to it, and rotate it when it is full."""
        with (self.path.parent / f".{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._reopen()
            if self._size + more > self.max_bytes and self._size:
                for number in range(self.kept - 1, 0, -1):
                    older = self._numbered(number)
                    if older.exists():
                        older.replace(self._numbered(number + 1))
                self.path.replace(self._numbered(1))
                self._reopen()

    def _reopen(self) -> None:
        os.close(self._file)
        self._open()

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


def configure(path: Path, level: str = "info") -> Rotated:
    """Send structlog's lines and the warnings of libraries to the file; returns the handler, to be closed."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = Rotated(path)
    as_json = structlog.processors.JSONRenderer(serializer=_json)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, as_json]
        )
    )
    for name in LOGGERS:
        _send(logging.getLogger(name), handler, max(LEVELS[level], logging.WARNING))
    structlog.configure(
        processors=[*shared, as_json],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: Lines(handler),
        cache_logger_on_first_use=False,
    )
    return handler


def _json(line: Any, **_: Any) -> str:
    """Return a line as JSON; what is no JSON is told as Python shows it."""
    try:
        return _encode(line).decode()
    except (UnicodeError, TypeError):  # half a character, as names of files may have
        return json.dumps(line, ensure_ascii=False, default=repr)


_encode = msgspec.json.Encoder(enc_hook=repr).encode


class Lines:
    """Structlog's last step: a finished line into the file, past the machinery of `logging`."""

    def __init__(self, file: Rotated) -> None:
        self._file = file

    def msg(self, line: str) -> None:
        """Write a line; a full disk must not take the service down with it."""
        with suppress(OSError):
            self._file.write(line)

    debug = info = warning = error = critical = exception = log = msg


def _send(logger: logging.Logger, handler: logging.Handler, level: int) -> None:
    logger.handlers, logger.propagate = [handler, logging.StreamHandler(sys.stderr)], False
    logger.setLevel(level)
