"""Running the application: uvicorn with one worker process or several, and clients that are too slow cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from threading import Event, Thread

import structlog
import uvicorn

from captchakit.serving import logs, worker
from captchakit.serving.protocol import Impatient
from captchakit.serving.store.store import Store
from captchakit.settings import Settings

APPLICATION = "captchakit.serving.app:from_environment"
PIPE = "CAPTCHAKIT_WORKER_PIPE"
RESTART_SECONDS = 2.0


def run(settings: Settings, host: str, port: int, workers: int, *, trains: bool = True) -> None:
    """Serve until told to end. Every worker reads its settings from the environment, as this process did."""
    Store(settings).close()  # once, before the workers, who find the tables in order
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn sends itself what ended it, when it has ended
    trained_here = beside() if trains and find_spec("dbos") is not None else nullcontext()
    with tempfile.TemporaryDirectory(prefix="captchakit-metrics-") as numbers, trained_here:
        if workers > 1:  # read by prometheus_client when it is imported, in each worker
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = numbers
        uvicorn.run(
            APPLICATION,
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http=Impatient,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=30,
        )


def work(settings: Settings) -> None:
    """Be a worker until told to end, or until whoever started it is gone; raises `OptionError`."""
    log, stop = logs.configure(settings.log, settings.log_level), Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    if os.environ.get(PIPE):
        Thread(target=_wait_for_end_of_input, args=(stop,), daemon=True).start()
    worker.run(settings, stop)
    log.close()


def _wait_for_end_of_input(stop: Event) -> None:
    os.read(0, 1)
    stop.set()


@contextmanager
def beside() -> Iterator[None]:
    """Keep a worker running in a process beside this one; it is started again when it dies."""
    ending = Event()
    watching = Thread(target=_watch, args=(ending,), daemon=True)
    watching.start()
    try:
        yield
    finally:
        ending.set()
        watching.join(timeout=30)


def _watch(ending: Event) -> None:
    command = [sys.executable, "-c", "from captchakit.cli import main; main()", "worker"]
    while not ending.is_set():
        with subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ, PIPE: "1"}) as child:
            while child.poll() is None and not ending.wait(0.2):
                pass
            if child.poll() is None:
                child.terminate()
        if not ending.wait(RESTART_SECONDS):
            structlog.get_logger().error("the worker ended and is started again", status=child.returncode)
