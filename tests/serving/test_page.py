"""The page at `/`: what it is made of, and what it alone asks for. `test_browser.py` drives it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from captchakit.serving.routes.page import FILES, files
from tests.serving.conftest import Client


def test_the_page_and_all_that_it_names_are_there(client: Client) -> None:
    """Every file that the page and its scripts name is served, with its media type, and no other lies there."""
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = set(re.findall(r'(?:src|href)="(page/[^"]+)"', page.text))
    scripts = {n for n in files() if n.endswith(".js")}
    named |= {f"page/{n}" for s in scripts for n in re.findall(r'from "\./([^"]+)"', files()[s].decode())}
    named |= {f"page/{n}" for s in scripts for n in re.findall(r'fetch\("page/([^"]+)"', files()[s].decode())}
    assert named == {f"page/{n}" for n in files() if n != "index.html"}
    for name in named:
        told = client.get(f"/{name}")
        assert told.status_code == 200
        assert told.headers["content-type"].split(";")[0] in (
            "text/css",
            "text/javascript",
            "image/svg+xml",
            "image/png",
        )
    assert client.get("/page/none.js").status_code == 404
    assert client.get("/page/..%2f..%2fapp.py").status_code == 404


def test_the_page_asks_no_other_machine() -> None:
    """No file of it has an address of another host, and none makes markup out of text."""
    for name, data in files().items():
        text = data.decode("latin-1").replace("http://www.w3.org/2000/svg", "")  # a name, never fetched
        assert "://" not in text, name
        assert "innerHTML" not in text, name
        assert "style=" not in text, f"{name}: the content policy forbids it"


def test_every_field_has_a_label_and_ids_are_unique() -> None:
    """What is typed into is named for who cannot see it."""
    page = (FILES / "index.html").read_text()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for kind, name in re.findall(r'<(input|select)[^>]*\bid="([^"]+)"', page):
        within = name == "files"  # its label is the drop zone around it
        assert f'for="{name}"' in page or within, f"{kind} {name} has no label"


def test_explain_returns_each_stage_as_a_picture(client: Client, fresh: Callable[..., bytes]) -> None:
    """The image first, then what each filter made of it, then the glyphs and the answer with boxes inside it."""
    image = fresh("BAT")
    told = client.post("/explain", content=image).json()
    solved = client.post("/solve", content=image).json()
    assert (told["text"], told["confidence"]) == ("BAT", pytest.approx(solved["confidence"], abs=1e-4))
    recipe = [s["name"] for s in client.get("/metadata").json()["recipe"]["filters"]]
    assert [s["name"] for s in told["stages"]] == ["image", *recipe, "glyphs", "answer"]
    for stage in told["stages"]:
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(stage["image"]), np.uint8), cv2.IMREAD_UNCHANGED)
        assert picture.shape[:2] == (stage["height"], stage["width"])
        for x, y, width, height in stage["boxes"]:
            assert min(x, y) >= 0
            assert x + width <= stage["width"]
            assert y + height <= stage["height"]
    assert len(told["stages"][-1]["boxes"]) == 3
    assert [column[0]["label"] for column in told["guesses"]] == ["B", "A", "T"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/explain", b"no image", 422),
        ("/explain", b"", 400),
        ("/explain?model=none", b"x", 404),
        ("/explain?length=x", b"x", 400),
    ],
)
def test_explain_refuses_what_solve_refuses(client: Client, path: str, body: bytes, status: int) -> None:
    """With the same status and problem details."""
    told = client.post(path, content=body)
    solved = client.post(path.replace("explain", "solve"), content=body)
    assert (told.status_code, solved.status_code) == (status, status)
    assert told.json()["detail"] == solved.json()["detail"]


def test_explain_keeps_what_is_known(client: Client, fresh: Callable[..., bytes]) -> None:
    """The answer is one of those that are allowed."""
    told = client.post("/explain?alphabet=AB&model=letters-cuts", content=fresh("BAT")).json()
    assert set(told["text"]) <= {"A", "B"}


def test_explain_refuses_too_many_pixels(client: Client) -> None:
    """Before they are decoded."""
    wide = cv2.imencode(".png", np.zeros((900, 900), np.uint8))[1].tobytes()
    told = client.post("/explain", content=wide)
    assert told.status_code == 422
    assert "pixels" in told.json()["detail"]
