"""`POST /solve` and `POST /forward`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from captchakit import Pipeline
from captchakit.serving import asking
from captchakit.serving.errors import BadRequestError
from captchakit.serving.routes.solve import BAD_REQUEST, UNREADABLE
from tests.serving.conftest import Client

Fresh = Callable[[str], bytes]
BROKEN = sorted((Path(__file__).parent.parent / "broken").iterdir())


def test_a_form_and_a_raw_body_are_the_same(client: Client, pipeline: Pipeline, fresh: Fresh) -> None:
    """The field `image`, and the body whatever it calls itself, give what the pipeline says."""
    image = fresh("TAB")
    by_form = client.post("/solve", files={"image": ("a.png", image, "image/png")}).json()
    expected = pipeline.solve(image)
    assert (by_form["text"], by_form["model"], by_form["cached"]) == ("TAB", "letters", False)
    assert by_form["image_hash"] == hashlib.sha256(image).hexdigest()
    assert by_form["confidence"] == pytest.approx(expected.confidence, abs=1e-5)
    assert [s["box"] for s in by_form["symbols"]] == [list(s.box) for s in expected.symbols]
    for kind in ("image/png", "application/octet-stream", "application/x-www-form-urlencoded"):
        raw = client.post("/solve", content=image, headers={"Content-Type": kind}).json()
        assert raw == {**by_form, "cached": True}


def test_options_come_by_query_or_header(client: Client, fresh: Fresh) -> None:
    """An alphabet bounds the answer either way, the query goes first, and other options are another answer."""
    image = fresh("ABT")
    asked = client.post("/solve", content=image, params={"alphabet": "AT"}).json()
    assert set(asked["text"]) <= {"A", "T"}
    assert asked["excluded"] > 0.5
    assert client.post("/solve", content=image, headers={"X-Captchakit-Alphabet": "TTA"}).json()["cached"]
    both = {"X-Captchakit-Alphabet": "B", "X-Captchakit-Model": "letters-cuts"}
    told = client.post("/solve", content=image, params={"alphabet": "ABT"}, headers=both).json()
    assert (told["model"], told["text"], told["cached"]) == ("letters-cuts", "ABT", False)


def test_a_header_may_be_percent_encoded(client: Client, fresh: Fresh) -> None:
    """A header's text is UTF-8, as it is or percent-encoded; what is neither is refused."""
    for text in (b"AB%54", "ABTщ".encode()):
        assert client.post("/solve", content=fresh("ABT"), headers={b"X-Captchakit-Alphabet": text}).status_code == 200  # type: ignore[dict-item]
    told = client.post("/solve", content=fresh("ABT"), headers={"X-Captchakit-Alphabet": "%ff"})
    assert told.status_code == 400
    with pytest.raises(BadRequestError):
        asking._text(b"AB\xff")


def test_an_unsure_answer_is_withheld(client: Client, fresh: Fresh) -> None:
    """Under the confidence that was asked for there is no text, and a reason."""
    told = client.post("/solve", content=fresh("ABT"), params={"min_confidence": 1}).json()
    assert (told["text"], told["symbols"], told["reason"]) == ("", [], "low_confidence")


@pytest.mark.parametrize(
    ("params", "status", "detail"),
    [
        ({"alphabet": ""}, 400, "the alphabet is empty"),
        ({"alphabet": "0123"}, 400, "the model knows no label"),
        ({"model": "none"}, 404, "no model 'none'"),
        ({"model": "../letters"}, 404, "no model"),
        ({"model": "/etc/passwd"}, 404, "no model"),
        ({"length": "4-"}, None, ""),
        ({"length": "6-4"}, 400, "length is from 0 to 64"),
        ({"length": "x"}, 400, "length is a number or a range"),
        ({"length": "0-9999999"}, 400, "length is from 0"),
        ({"min_confidence": "2"}, 400, "min_confidence"),
        ({"min_confidence": "much"}, 400, "min_confidence"),
        ({"top": "0"}, 400, "top"),
        ({"top": "1e3"}, 400, "top is a number"),
        ({"min_confidence": "nan"}, 400, "min_confidence"),
        ({"case": "camel"}, 400, "case"),
        ({"pattern": "x" * 500}, 400, "pattern"),
        ({f"a{n}": "" for n in range(101)}, 400, "more than 100 fields"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told(
    client: Client, fresh: Fresh, params: dict[str, str], status: int | None, detail: str
) -> None:
    """Each is answered by problem details that name it, with the request's id."""
    told = client.post("/solve", content=fresh("ABT"), params=params)
    if status is None:
        assert told.status_code < 500
        return
    problem = told.json()
    assert (told.status_code, problem["status"]) == (status, status)
    assert told.headers["content-type"].startswith("application/problem+json")
    assert detail in problem["detail"]
    assert problem["request_id"] == told.headers["x-request-id"]


@pytest.mark.parametrize("path", [pytest.param(p, id=p.name) for p in BROKEN])
def test_every_broken_image_is_refused(client: Client, path: Path) -> None:
    """A broken image is 422, or 400 where it is empty, by a form as by a body; the service goes on."""
    data = path.read_bytes()
    status = 422 if data else 400
    assert client.post("/solve", content=data).status_code == status
    assert client.post("/solve", files={"image": (path.name, data)}).status_code == status


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"files": {"picture": b"x"}},
        {"data": {"image": "text"}, "files": {"other": b"x"}},
        {"files": {"image": b""}},
        {"files": [("image", b"x"), ("image", b"y")]},
        {"content": b"--x\r\nnonsense", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ],
)
def test_a_request_without_an_image_is_refused(client: Client, sent: dict[str, object]) -> None:
    """No body, another field, an empty file, two files, a broken form: 400."""
    told = client.post("/solve", **sent)  # type: ignore[arg-type]
    assert told.status_code == 400, told.text
    assert told.json()["detail"]


def test_large_requests_and_images_are_refused(client: Client) -> None:
    """More bytes than allowed are 413, announced or not, and more pixels are 422 by the header alone."""
    large = b"\x89PNG" + bytes(400_000)
    assert client.post("/solve", content=large).status_code == 413
    assert client.post("/solve", content=iter([large])).status_code == 413
    wide = cv2.imencode(".png", np.zeros((800, 800), np.uint8))[1].tobytes()
    told = client.post("/solve", content=wide)
    assert told.status_code == 422
    assert "800x800" in told.json()["detail"]


def test_forward_draws_the_answer(client: Client, fresh: Fresh) -> None:
    """The answer and a picture, at least as large as the image, with boxes drawn into it."""
    image = fresh("BAT")
    told = client.post("/forward", files={"image": image}).json()
    assert told["result"]["text"] == "BAT"
    drawn = cv2.imdecode(np.frombuffer(base64.b64decode(told["image"]), np.uint8), cv2.IMREAD_COLOR)
    given = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    height, width = given.shape[:2]
    assert drawn.shape[0] > height
    assert drawn.shape[1] >= width
    x, y, *_ = told["result"]["symbols"][0]["box"]
    assert drawn[y, x].tolist() != given[y, x].tolist()


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"raw"},
        {},
        {"files": {"img": b"x"}},
        {"files": {"image": b""}},
        {"files": {"image": b"x"}, "headers": {"X-Captchakit-Top": "many"}},
        {"files": {"image": b"x"}, "headers": {"X-Captchakit-Model": "none"}},
        {"files": {"image": b"x"}, "headers": {"X-Captchakit-Alphabet": "%ff"}},
        {"content": b"--x\r\nnonsense", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    ],
)
def test_forward_answers_a_wrong_request_as_agreed(client: Client, sent: dict[str, object]) -> None:
    """400 with the text `bad request` and nothing else."""
    told = client.post("/forward", **sent)  # type: ignore[arg-type]
    assert (told.status_code, told.text) == (400, BAD_REQUEST)
    assert told.headers["content-type"].startswith("text/plain")


def test_forward_answers_an_unreadable_image_as_agreed(client: Client) -> None:
    """403 with the text of the contract: for what is no image, and for one in which the model finds nothing."""
    blank = cv2.imencode(".png", np.full((40, 90), 255, np.uint8))[1].tobytes()
    for image in (b"%PDF-1.7", b"text", BROKEN[0].read_bytes(), blank):
        told = client.post("/forward", files={"image": image})
        assert (told.status_code, told.text) == (403, UNREADABLE)
        assert told.headers["x-request-id"]


def test_forward_tells_of_a_large_body_as_everywhere(client: Client) -> None:
    """The contract is of wrong requests alone: 413 stays 413."""
    assert client.post("/forward", files={"image": bytes(400_000)}).status_code == 413
