"""Write docs/reference from the code: `python docs/remake.py`. A test says when it is out of date.

Commands come from Typer, routes from the OpenAPI document, everything else from the sources as they stand, so that
no version of Python or of a library writes another page.
"""

from __future__ import annotations

import ast
import inspect
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import typer.main

from captchakit.cli.app import app
from captchakit.serving.app import create_app
from captchakit.settings import Settings, variable

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NOTE = "<!-- Written by docs/remake.py; change the docstrings instead. -->"
MODULES = ("reading.pipeline", "reading.library", "ddddocr", "types", "stages", "errors", "reading.card")
"""What a program may rely on, in the order in which it is met."""


def pages() -> dict[str, str]:
    """Return the pages by file name."""
    made = {"cli.md": commands(), "http.md": routes(), "python.md": modules(), "parts.md": parts()}
    made["settings.md"] = settings()
    return {name: f"{NOTE}\n\n{text.strip()}\n" for name, text in made.items()}


def commands() -> str:
    """Return every command with its arguments and options."""
    lines = [
        "# The command line",
        "",
        "Exit statuses and the flow are in the [README](../../README.md#how-it-works).",
        "",
    ]
    for name, command in walked(typer.main.get_command(app), "captchakit"):
        lines += [f"## {name}", "", inspect.cleandoc(command.help or ""), ""]
        told = [option(p) for p in command.params if p.name not in ("help", "show_version")]
        lines += ["| argument or option | default | what it is |", "|---|---|---|", *told, ""] if told else []
    return "\n".join(lines)


def walked(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the commands that do something, below their groups."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word, below in command.commands.items():
        yield from walked(below, f"{name} {word}")


def option(parameter: Any) -> str:
    """Return a row of the table."""
    if parameter.param_type_name == "argument":
        name = f"`{(parameter.metavar or parameter.name).upper()}`"
    else:
        name = ", ".join(f"`{o}`" for o in (*parameter.opts, *parameter.secondary_opts))
    given = parameter.default
    shown = "" if given in (None, False, "", ()) or callable(given) else f"`{getattr(given, 'value', given)}`"
    return row(name, "required" if parameter.required else shown, parameter.help or "")


def row(*cells: str) -> str:
    """Return a row of a table, whatever its cells hold."""
    return f"| {' | '.join(' '.join(cell.split()).replace('|', '&#124;') for cell in cells)} |"


def routes() -> str:
    """Return every route with its parameters, bodies and answers."""
    with tempfile.TemporaryDirectory() as folder:
        schema = create_app(Settings(data=Path(folder))).openapi_schema.to_schema()
    lines = [
        "# Over HTTP",
        "",
        "The same as a document: `/schema/openapi.json`, with pages at `/schema/swagger` and `/schema/scalar`.",
        "Errors are problem details (RFC 9457). Options come in the query or as headers: `X-Captchakit-Alphabet`, ...",
        "",
    ]
    for path, methods in sorted(schema["paths"].items()):
        for method, about in methods.items():
            lines += [
                f"## {method.upper()} {path}",
                "",
                inspect.cleandoc(about.get("description") or about["summary"]),
                "",
            ]
            if body := about.get("requestBody"):
                lines += [f"Body: {', '.join(f'`{kind}`' for kind in body['content'])}.", ""]
            given = [p for p in about.get("parameters", []) if p["in"] != "header"]
            told = [row(f"`{p['name']}`", p["in"], p.get("description", "")) for p in given]
            lines += ["| parameter | in | what it is |", "|---|---|---|", *told, ""] if told else []
            lines += ["| status | answer |", "|---|---|"]
            lines += [row(status, answer["description"]) for status, answer in sorted(about["responses"].items())]
            lines.append("")
    return "\n".join(lines)


def modules() -> str:
    """Return the public classes and functions of the modules that programs may rely on."""
    lines = [
        "# From Python",
        "",
        "`from captchakit import Pipeline, Library, Constraint, Solution, CaptchakitError, ddddocr`.",
        "",
    ]
    for name in MODULES:
        tree = ast.parse((ROOT / "captchakit" / f"{name.replace('.', '/')}.py").read_text())
        lines += [f"## captchakit.{name}", "", ast.get_docstring(tree) or "", ""]
        for node in tree.body:
            lines += described(node, "")
    return "\n".join(lines)


def described(node: ast.AST, within: str) -> Iterable[str]:
    """Return what is public of a class or function: its signature and docstring, its methods after it."""
    if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
        return []
    if "overload" in map(ast.unparse, node.decorator_list):
        return []
    told = [f"### {within}{signature(node)}" if not within else f"**`{within}{signature(node)}`**", ""]
    told += [ast.get_docstring(node) or "", ""]
    for below in node.body if isinstance(node, ast.ClassDef) else []:
        told += described(below, f"{node.name}.")
    return told


def signature(node: ast.ClassDef | ast.FunctionDef) -> str:
    """Return a name with its arguments, for a class those that make one."""
    if isinstance(node, ast.FunctionDef):
        if "property" in map(ast.unparse, node.decorator_list):
            return f"{node.name}: {ast.unparse(node.returns) if node.returns else ''}"
        arguments = ast.unparse(node.args).removeprefix("self, ").removeprefix("cls, ").replace("self", "", 1)
        returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        return f"{node.name}({arguments if arguments != 'cls' else ''}){returned}"
    for below in node.body:
        if isinstance(below, ast.FunctionDef) and below.name == "__init__":
            return f"{node.name}({ast.unparse(below.args).removeprefix('self').removeprefix(', ')})"
    options = [b for b in node.body if isinstance(b, ast.AnnAssign) and "ClassVar" not in ast.unparse(b.annotation)]
    return f"{node.name}({', '.join(map(ast.unparse, options))})" if options else node.name


def parts() -> str:
    """Return the registered parts of this distribution, by kind."""
    lines = [
        "# Filters, segmenters, codecs and all other parts",
        "",
        "Named so in `--filters`, `--recipe`, `--classifier` and in a card; `captchakit plugins` lists others' too.",
        "",
    ]
    kinds = ("filters", "segmenters", "codecs", "answers", "classifiers", "solvers")
    for kind in kinds:
        lines += [f"## {kind.capitalize()}", "", "| name | options | what it is |", "|---|---|---|"]
        points = {
            p.name: p for p in entry_points(group=f"captchakit.{kind}") if p.dist and p.dist.name == "captchakit-ocr"
        }
        lines += [part(name, points[name].value) for name in sorted(points)]
        lines.append("")
    return "\n".join(lines)


def part(name: str, target: str) -> str:
    """Return the row of a part, from its source."""
    module, wanted = target.split(":")
    stem = ROOT / ("" if module.startswith("captchakit.") else "plugins") / module.replace(".", "/")
    source = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
    tree = ast.parse(source.read_text())
    moved = {a.asname or a.name: n.module for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
    if wanted in moved:
        return part(name, f"{moved[wanted]}:{wanted}")
    node = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == wanted)
    options = signature(node).removeprefix(wanted).strip("()")
    return row(f"`{name}`", f"`{options}`" if options else "", (ast.get_docstring(node) or "").split("\n\n")[0])


def settings() -> str:
    """Return the variables of the environment with their defaults."""
    rows = [
        row(f"`{variable(f.name)}`", f"`{shown}`" if (shown := default(f.default)) else "") for f in fields(Settings)
    ]
    about = inspect.cleandoc(Settings.__doc__ or "")
    return "\n".join(["# Settings", "", about, "", "| variable | default |", "|---|---|", *rows])


def default(value: object) -> str:
    """Return a default as one would write it in the environment."""
    if value in ((), "", Path()):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / "reference" / name).write_text(text)
