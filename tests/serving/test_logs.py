"""The log file."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import structlog

from captchakit.serving import logs


def _write(path: Path, writer: int) -> None:
    file = logs.Rotated(path, max_bytes=20_000, kept=50)
    for number in range(200):
        file.write(json.dumps({"writer": writer, "number": number, "filling": "x" * 60}))
    file.close()


def test_several_processes_write_and_rotate_one_log(tmp_path: Path) -> None:
    """No line is lost, none is torn, and no file outgrows its size by more than what was under way."""
    path = tmp_path / "log_file.log"
    workers = [get_context("spawn").Process(target=_write, args=(path, n)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    files = [path, *tmp_path.glob("log_file.log.*")]
    lines = [json.loads(line) for f in files for line in f.read_text().splitlines()]
    assert sorted((e["writer"], e["number"]) for e in lines) == [(w, n) for w in range(3) for n in range(200)]
    assert len(files) > 2
    assert all(f.stat().st_size < 20_000 + 3 * logs.LOOK_EVERY * 120 for f in files)


def test_old_files_go(tmp_path: Path) -> None:
    """No more files are kept than asked for."""
    file = logs.Rotated(tmp_path / "log", max_bytes=100, kept=2)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: file.write(f"line {n} {'x' * 30}"), range(50)))
    file.close()
    assert {p.name for p in tmp_path.iterdir()} == {"log", "log.1", "log.2", ".log.lock"}


def test_lines_are_json_whoever_speaks(tmp_path: Path) -> None:
    """Our own lines and a library's warning, with the request's id where there is one; debug lines stay out."""
    file = logs.configure(tmp_path / "log", "info")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger().info("request", path="/solve")
        structlog.get_logger().debug("hidden")
    logging.getLogger("uvicorn.error").handlers = [file]
    logging.getLogger("uvicorn.error").warning("it is %s", "late")
    file.close()
    ours, theirs = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert (ours["event"], ours["path"], ours["request_id"], ours["level"]) == ("request", "/solve", "r1", "info")
    assert (theirs["event"], theirs["level"]) == ("it is late", "warning")
