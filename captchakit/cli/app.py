"""The application and its one place for errors."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer

from captchakit.cli import keeping
from captchakit.cli.benchmark import benchmark
from captchakit.cli.draw import draw
from captchakit.cli.evaluate import evaluate
from captchakit.cli.experiments import experiments
from captchakit.cli.listing import models, plugins
from captchakit.cli.serve import serve, worker
from captchakit.cli.solve import solve
from captchakit.cli.train import train
from captchakit.errors import CaptchakitError
from captchakit.settings import SettingError

app = typer.Typer(
    name="captchakit",
    help="Read text captchas and measure how strong they are, offline.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
for command in (solve, benchmark, evaluate, train, draw, experiments, models, plugins, serve, worker):
    app.command()(command)
for name, group in (("database", keeping.database), ("key", keeping.key)):
    app.add_typer(group, name=name)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"captchakit {version('captchakit-ocr')}")
        raise typer.Exit


@app.callback(epilog=__import__("captchakit.cli", fromlist=["__doc__"]).__doc__)
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del show_version


def main() -> None:
    """Run the command line; never a traceback for what the user can mend."""
    _print_anything()
    try:
        app()
    except (CaptchakitError, SettingError) as error:
        _end(2, str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader has left
        _close_output()
        sys.exit(1)
    except OSError as error:  # a full disk, most likely
        _close_output()
        _end(2, f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error))


def _end(status: int, told: str) -> NoReturn:
    print(f"captchakit: {told}", file=sys.stderr)
    sys.exit(status)


def _close_output() -> None:
    """Give up what standard output does not take, or Python would complain once more when it closes it."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_anything() -> None:
    """Write what the terminal's encoding lacks, such as bytes of a file's name, as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
