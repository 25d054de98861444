"""Workflows, scripts and verbs: thin, and they run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.shipping.test_deployment import ROOT, program, ran

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_workflows_are_what_github_reads() -> None:
    """By the schema, and for every Python that the package says it supports."""
    ran(program("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    matrix = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text())["jobs"]["tests"]["strategy"]
    told = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert matrix["matrix"]["python"] == told


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflows_run_what_is_there(path: Path) -> None:
    """A verb, script or service that a workflow names exists."""
    text = path.read_text()
    verbs = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", text)) <= verbs
    assert all((ROOT / script).is_file() for script in re.findall(r"\./(\w+\.sh)", text))
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for line in re.findall(r"docker compose (?:build|up) (.+)", text):
        assert {word for word in line.split("&&")[0].split() if word.isalpha()} - {"wait"} <= services.keys() | {"up"}


def test_make_knows_its_verbs() -> None:
    """What each would do is told without doing it."""
    for verb, told in {
        "build": "-m build",
        "program": "captchakit.spec",
        "up": "docker compose up",
        "lint": "lint_module.sh",
    }.items():
        assert told in ran("make", "--dry-run", verb)


def test_run_tests_runs_what_it_is_given() -> None:
    """The script runs pytest with coverage from wherever it is called."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COVERAGE_FILE": os.devnull,
    }
    command = [ROOT / "run_tests.sh", "--no-cov", "-n0", "tests/test_settings.py"]
    told = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, timeout=300)  # noqa: PLW1510
    assert told.returncode == 0, told.stdout + told.stderr
    assert "passed" in told.stdout


@pytest.mark.slow
def test_lint_module_finds_nothing() -> None:
    """The script passes, mypy, hadolint and the schemas with it."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    told = subprocess.run([ROOT / "lint_module.sh"], env=environment, capture_output=True, text=True, timeout=600)  # noqa: PLW1510
    assert told.returncode == 0, told.stdout + told.stderr
