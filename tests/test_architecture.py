"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "captchakit"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = ["errors", "types", "stages", "registry", "reading", "learning", "measuring", "serving", "cli"]
"""In the order in which they may import: each only from those before it."""


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they lead"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def rooms(path: Path) -> tuple[str, set[str]]:
    """Return the room of a file and the rooms that it imports from."""
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    modules = {m for m in imported(ast.parse(path.read_text())) if m.split(".")[0] == "captchakit"}
    return own, {room_of(m) for m in modules}


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=str(p.relative_to(PACKAGE))) for p in FILES if p.parent != PACKAGE]
)
def test_imports_point_one_way(path: Path) -> None:
    """A room imports from itself and from rooms before it; the service knows nothing of the command that starts it."""
    own, others = rooms(path)
    assert own in ROOMS, f"{own} has no place in the order"
    for other in others - {own, "settings"}:
        assert ROOMS.index(other) < ROOMS.index(own)


@pytest.mark.parametrize("room", ["errors", "types", "stages", "registry"])
def test_the_first_modules_point_one_way_too(room: str) -> None:
    """`errors` and `types` import nothing of ours, `stages` and `registry` only what stands before them."""
    _, others = rooms(PACKAGE / f"{room}.py")
    assert all(ROOMS.index(other) < ROOMS.index(room) for other in others)
    assert others == set() if room in ("errors", "types") else True


def test_settings_are_read_by_the_doors_only() -> None:
    """Only the command line and the service import settings, and settings import nothing of ours."""
    readers = {rooms(p)[0] for p in FILES if "settings" in rooms(p)[1]}
    assert readers <= {"cli", "serving"}
    assert readers
    assert rooms(PACKAGE / "settings.py")[1] == set()


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=str(p.relative_to(PACKAGE))) for p in FILES if "reading" in p.parts]
)
def test_reading_never_asks_for_the_task(path: Path) -> None:
    """Nothing in the pipeline compares anything called task."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare | ast.Match):
            named = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            named |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
            assert "task" not in named


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(PACKAGE))) for p in FILES])
def test_nothing_unpickles(path: Path) -> None:
    """Neither pickle nor a relative of it is imported, nor is anything evaluated."""
    tree = ast.parse(path.read_text())
    assert not {m.split(".")[0] for m in imported(tree)} & {"pickle", "joblib", "marshal", "shelve", "dill"}
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not called & {"eval", "exec"}


def loaded_by(code: str) -> set[str]:
    """Return the top modules that a fresh interpreter has loaded after running `code`."""
    ending = "\nimport sys; sys.stderr.write(' '.join({m.split('.')[0] for m in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", code + ending], capture_output=True, text=True, check=True, timeout=60)
    return set(ran.stderr.split())


HEAVY = {"torch", "sklearn", "onnx", "skl2onnx", "onnxscript", "PIL", "rich", "scipy", "matplotlib"}
SERVICE = {"litestar", "uvicorn", "sqlalchemy", "structlog", "prometheus_client", "msgspec", "asyncio"}


def test_solving_loads_no_trainer(models_folder: Path, letters_folder: Path) -> None:
    """Reading an image from the command line loads numpy, OpenCV, ONNX Runtime and the door, and nothing heavy."""
    image = letters_folder / "images" / "00000.png"
    arguments = ["captchakit", "solve", "--model", str(models_folder / "letters-cuts.onnx"), str(image)]
    code = f"import sys; sys.argv = {arguments!r}\nfrom captchakit.cli.app import app\napp(standalone_mode=False)"
    loaded = loaded_by(code)
    assert not loaded & (HEAVY | SERVICE)
    assert {"numpy", "cv2", "onnxruntime"} <= loaded


def test_serving_loads_no_trainer() -> None:
    """A worker of the service holds what solving and answering take: training runs elsewhere."""
    assert not loaded_by("import captchakit.serving.app") & (HEAVY - {"rich"})


def test_measuring_loads_no_trainer() -> None:
    """A benchmark's process holds what solving holds, so that its peak memory is that of solving."""
    assert not loaded_by("import captchakit.measuring.benchmark") & HEAVY
