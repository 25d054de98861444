"""The worker: takes up experiments that were asked for, one at a time, and sees each to its end.

The web process only writes a row that says `queued`; a durable queue of dbos, which this process feeds from those rows,
says who does it when: a training whose worker was killed is taken up again by the next one.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from threading import Event
from typing import Any

import structlog

from captchakit.errors import OptionError
from captchakit.serving.store.experiments import FINISHED
from captchakit.serving.store.store import Store
from captchakit.settings import Settings

QUEUE, WORKFLOW = "training", "train"
ATTEMPTS = 4
ENDING_SECONDS = 15
BEAT_SECONDS, LOOK_SECONDS = 2.0, 1.0


def run(settings: Settings, stop: Event) -> None:
    """Work until `stop` is set; raises `OptionError` where dbos is not installed."""
    try:
        from dbos import DBOS, DBOSClient  # noqa: PLC0415 - an extra, and the web process never loads it
    except ImportError as error:
        raise OptionError(f"a worker needs captchakit-ocr with the extra 'worker': {error}") from None
    store = Store(settings)
    url = jobs_url(settings)
    DBOS(
        config={
            "name": "captchakit",
            "system_database_url": url,
            "application_version": "1",
            "executor_id": os.environ.get("CAPTCHAKIT_WORKER", socket.gethostname()),
            "log_level": "WARNING",
            "use_listen_notify": False,
        }
    )

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=ATTEMPTS)
    def train(number: int, before: int) -> None:
        see_through(store, number, before, stop)

    DBOS.listen_queues([QUEUE])
    DBOS.launch()
    DBOS.register_queue(QUEUE, concurrency=settings.trainings, polling_interval_sec=LOOK_SECONDS)
    client = DBOSClient(system_database_url=url)
    try:
        while not stop.wait(LOOK_SECONDS):
            _feed(store, client)
    finally:
        client.destroy()
        DBOS.destroy(workflow_completion_timeout_sec=ENDING_SECONDS)
        store.close()


def jobs_url(settings: Settings) -> str:
    """Return the database of dbos: a file beside ours, or a schema of its own in our PostgreSQL."""
    if settings.database.startswith("sqlite"):
        return f"sqlite:///{(settings.data / 'jobs.db').absolute()}"
    return settings.database


def _feed(store: Store, client: Any) -> None:
    """Queue what was asked for, and what its worker has lost; what stands in the queue already stays as it is."""
    for experiment in store.experiments.waiting():
        name = f"experiment-{experiment.id}-{experiment.attempts}"
        options = {"queue_name": QUEUE, "workflow_name": WORKFLOW, "workflow_id": name}
        client.enqueue(options, experiment.id, experiment.attempts)


def see_through(store: Store, number: int, before: int, stop: Event) -> None:
    """Train in a process of its own, telling that it is alive, until it ends or this worker is to end."""
    attempt = store.experiments.begin(number, before)
    if attempt == 0:
        return
    if attempt > ATTEMPTS:
        store.experiments.fail(number, f"given up: its worker ended {ATTEMPTS} times before it did")
        return
    log = structlog.get_logger()
    log.info("training begins", experiment=number, attempt=attempt)
    with tempfile.TemporaryFile() as errors, _started(number, errors) as child:
        try:
            while child.poll() is None and not stop.wait(BEAT_SECONDS):
                store.experiments.beat(number)
        finally:
            child.kill()
            child.wait()
        if stop.is_set():
            store.experiments.release(number)
            return
        errors.seek(0)
        told = errors.read().decode("utf-8", "replace").strip().splitlines()
    experiment = store.experiments.get(number)
    if experiment is not None and experiment.state != FINISHED:
        store.experiments.fail(number, told[-1] if told else f"the training's process ended with {child.returncode}")
    log.info("training ended", experiment=number, status=child.returncode)


def _started(number: int, errors: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "captchakit.serving.training", str(number)]
    few = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
    return subprocess.Popen(
        command,
        env={**os.environ, **few},
        stdin=subprocess.PIPE,  # its end tells the child that this process is gone
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )
