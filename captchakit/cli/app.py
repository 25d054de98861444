"""The application and its one place for errors."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated

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
    try:
        app()
    except (CaptchakitError, SettingError) as error:
        print(f"captchakit: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader has left; Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
