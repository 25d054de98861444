"""`captchakit serve`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from captchakit.settings import Settings


def serve(
    host: Annotated[
        str, typer.Option(envvar="CAPTCHAKIT_HOST", help="The address to listen at; 0.0.0.0 for all of the machine's.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="CAPTCHAKIT_PORT", min=0, max=65535, help="The port to listen at.")
    ] = 9000,
    workers: Annotated[
        int, typer.Option(envvar="CAPTCHAKIT_WORKERS", min=1, help="Processes that answer, each with its own threads.")
    ] = 1,
    trains: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Start a worker for trainings too, where it is installed.")
    ] = True,
) -> None:
    """Serve over HTTP: solving, datasets, retraining, models.

    What it keeps lies in `./data`, or where CAPTCHAKIT_DATA says; docs/reference/settings.md lists all settings. The
    routes are described at /schema/swagger and /schema/scalar.

    Example: captchakit serve --port 9000
    """
    settings = Settings.from_environment()
    from captchakit.serving.running import run  # noqa: PLC0415 - solve starts quickly because serving loads late

    print(f"captchakit: serving at http://{host}:{port}, log in {settings.log}", file=sys.stderr)
    run(settings, host, port, workers, trains=trains)


def worker() -> None:
    """Take up trainings that `PUT /retrain` asks for, one at a time. `captchakit serve` starts one by itself.

    Several may run, on several machines too, with one PostgreSQL and one data folder.

    Example: captchakit worker
    """
    settings = Settings.from_environment()
    from captchakit.serving.running import work  # noqa: PLC0415 - as above

    work(settings)
