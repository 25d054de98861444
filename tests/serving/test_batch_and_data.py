"""Many images at once, evaluation, and datasets that grow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from captchakit.learning.dataset import load
from captchakit.serving.adding import _joined
from captchakit.serving.app import create_app
from captchakit.settings import Settings
from tests.pictures import captcha, png, texts
from tests.serving import zips
from tests.serving.conftest import Client

Fresh = Callable[..., bytes]


def told(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]


def test_each_of_several_images_is_a_line(client: Client, fresh: Fresh) -> None:
    """By name, in whatever order they are ready, the unreadable among them with its reason."""
    files = [("image", (f"{text}.png", fresh(text))) for text in ("ABT", "TAB", "BAT")]
    lines = told(client.post("/forward_batch", files=[*files, ("image", ("bad", b"%PDF")), ("image", ("none", b""))]))
    read = {line["file"]: line["answer"]["text"] for line in lines if "answer" in line}
    assert read == {"ABT.png": "ABT", "TAB.png": "TAB", "BAT.png": "BAT"}
    errors = {line["file"]: line["error"] for line in lines if "error" in line}
    assert errors.keys() == {"bad", "none"}
    assert "not an image" in errors["bad"]


def test_a_zip_is_read_image_by_image(client: Client, fresh: Fresh) -> None:
    """As a form's `archive` and as the body; what is no image by name is passed over."""
    archive = zips.zipped({"a/x.png": fresh("TAB"), "a/y.png": b"bad", "a/readme.txt": b"x"})
    for sent in ({"files": {"archive": archive}}, {"content": archive}):
        lines = {line["file"]: line for line in told(client.post("/forward_batch", **sent))}  # type: ignore[arg-type]
        assert lines["x.png"]["answer"]["text"] == "TAB"
        assert "not an image" in lines["y.png"]["error"]
        assert len(lines) == 2


def test_more_images_than_may_wait_are_all_read(settings: Settings, tmp_path: Path) -> None:
    """A batch waits where a single request would be turned away."""
    narrow = Settings(models=settings.models, data=tmp_path, queue=1, batch=1, threads=1)
    archive = zips.zipped(zips.dataset(texts(60, "ABT", 3, 5), seed=77_000))
    with TestClient(create_app(narrow)) as client:
        lines = told(client.post("/forward_batch", content=archive))
        assert all("answer" in line for line in lines)
        assert len(lines) == 60


def test_an_evaluation_ends_with_the_metrics_of_a_benchmark(client: Client) -> None:
    """Each image with its label, then exact match with its interval; unreadable images count as wrong."""
    files = zips.dataset(["ABT", "TAB", "BBB", "TTT"], split="test", seed=88_000, images={"images/3.png": b"broken"})
    *lines, last = told(client.post("/evaluate", content=zips.zipped(files)))
    assert sorted(line["label"] for line in lines) == ["ABT", "BBB", "TAB", "TTT"]
    metrics = last["metrics"]
    assert (metrics["n"], metrics["exact_match"], metrics["unreadable"]) == (4, 0.75, 1)
    assert metrics["interval"][0] < 0.75 < metrics["interval"][1]
    assert (metrics["character_error_rate"], metrics["yield"]) == (0.25, 0.75)
    none = client.post("/evaluate", content=zips.zipped(files), params={"split": "train"})
    assert (none.status_code, "no image in split" in none.json()["detail"]) == (422, True)


def test_labels_of_images_that_are_not_there_are_not_evaluated(client: Client) -> None:
    """The request is refused and names one, before any image is read."""
    files = zips.dataset(["ABT", "TAB"], split="test", seed=91_000)
    del files["images/1.png"]
    answer = client.post("/evaluate", content=zips.zipped(files))
    assert (answer.status_code, "1 are not in the archive, such as 'images/1.png'" in answer.json()["detail"]) == (
        422,
        True,
    )


@pytest.mark.parametrize("kind", zips.BAD)
def test_a_bad_archive_is_refused_everywhere(
    client: Client, keyed: dict[str, str], kind: str, settings: Settings
) -> None:
    """Whatever is wrong with a zip, each route says so with a 4xx, keeps nothing, and the service goes on."""
    archive = zips.BAD[kind]()
    for method, route in (("POST", "/forward_batch"), ("POST", "/evaluate"), ("PUT", "/add_data")):
        answer = client.request(method, route, content=archive, headers=keyed)
        if (kind, route) == ("damaged member", "/forward_batch"):
            assert all("error" in line for line in told(answer))  # the damage is an image's, not the archive's
            continue
        if (kind, route) == ("damaged member", "/evaluate"):
            assert told(answer)[-1]["metrics"]["exact_match"] == 0
            continue
        assert 400 <= answer.status_code < 500, (route, answer.text)
        assert answer.json()["request_id"]
        assert str(settings.data) not in answer.text
    assert list((settings.data / "incoming").iterdir()) == []
    assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("route", ["/forward_batch", "/evaluate"])
@pytest.mark.parametrize("sent", [{}, {"files": {"other": b"x"}}, {"files": {"archive": b""}}])
def test_a_request_without_an_archive_is_refused(client: Client, route: str, sent: dict[str, Any]) -> None:
    """No body, another field, an empty file."""
    assert client.post(route, **sent).status_code == 400


@pytest.mark.parametrize(
    ("files", "detail"),
    [
        ({"labels.csv": b"file,label,split\nimages/0.png,AB\xff,train\n"}, "labels.csv line 2 is not UTF-8"),
        ({"labels.csv": b"file,label,split\nimages/9.png,ABT,train\n"}, "no such image"),
        ({"labels.csv": b"file,label\nimages/0.png,ABT\n"}, "no column 'split'"),
        ({"labels.csv": b"file,label,split\nimages/0.png,XYZ,train\n"}, "which the alphabet lacks"),
        ({"labels.csv": b"file,label,split\nimages/0.png,ABT,some\n"}, "is none of"),
        ({"dataset.toml": b"task = "}, "dataset.toml"),
        ({"images/1.png": b"no image"}, "not an image"),
    ],
)
def test_a_dataset_that_breaks_its_rules_is_not_added(
    client: Client, keyed: dict[str, str], files: dict[str, bytes], detail: str
) -> None:
    """The row and the reason are told, and nothing is added."""
    archive = zips.zipped({**zips.dataset(["ABT", "TAB"], seed=99_000), **files})
    answer = client.put("/add_data", content=archive, headers=keyed, params={"dataset": "never"})
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]
    good = zips.zipped(zips.dataset(["ABT"], seed=99_500))
    first = client.put("/add_data", content=good, headers=keyed, params={"dataset": f"after-{hash(detail) % 10**9}"})
    assert first.json()["version"] == 1


def test_a_dataset_grows_by_versions(client: Client, keyed: dict[str, str]) -> None:
    """What is new is added, what is there is skipped, and the same upload again makes no version."""

    def put(files: dict[str, bytes], **params: Any) -> Any:
        archive = zips.zipped(files)
        return client.put("/add_data", files={"archive": archive}, headers=keyed, params={"dataset": "grows", **params})

    first = put(zips.dataset(["ABT", "TAB"], seed=1)).json()
    assert (first["version"], first["images"], first["added"], first["skipped"]) == (1, 2, 2, 0)
    again = put(zips.dataset(["ABT", "TAB"], seed=1)).json()
    assert (again["version"], again["added"], again["skipped"]) == (1, 0, 2)
    assert again["digest"] == first["digest"]
    more = zips.dataset(["ABT", "TAB", "XYZ"], seed=1, about='task = "text"\nalphabet = "ABTXYZ"\n')
    second = put(more).json()
    assert (second["version"], second["images"], second["added"], second["skipped"]) == (2, 3, 1, 2)
    other = zips.dataset(["BBB", "TAA", "TTT"], seed=1, images={"images/2.png": b"broken"})
    refused = put({**other, "images/0.png": more["images/0.png"]})
    assert refused.status_code == 422
    assert [r["status"] for r in refused.json()["rows"]] == ["refused", "added", "refused"]
    assert "the same image is there as 'ABT'" in refused.json()["rows"][0]["reason"]
    left = put({**other, "images/0.png": more["images/0.png"]}, leave_out=True).json()
    assert (left["version"], left["added"], left["refused"]) == (3, 1, 2)
    task = put(zips.dataset(["A", "B"], seed=50, about='task = "type"\nalphabet = ["A", "B"]\n'))
    assert (task.status_code, "task" in task.json()["detail"]) == (422, True)


def test_a_grown_dataset_keeps_whether_its_alphabet_was_stated(tmp_path: Path) -> None:
    """Of labels alone it is not; once an upload states it, it is, as it is of datasets kept before this was asked."""
    (tmp_path / "ABT_1.png").write_bytes(png(captcha("ABT", 1)))
    bare = load(tmp_path)
    first = _joined(None, bare)
    assert first["alphabet_stated"] is False
    assert _joined(first, bare)["alphabet_stated"] is False
    assert _joined(first, replace(bare, alphabet_stated=True))["alphabet_stated"] is True
    older = {key: value for key, value in first.items() if key != "alphabet_stated"}
    assert _joined(older, bare)["alphabet_stated"] is True


def test_what_changes_data_needs_a_key(settings: Settings, tmp_path: Path) -> None:
    """Closed before a key is made, saying how to make one; then it needs it, by either header."""
    archive = zips.letters(3)
    with TestClient(create_app(Settings(models=settings.models, data=tmp_path))) as client:
        for method, route in (("PUT", "/add_data"), ("GET", "/log"), ("GET", "/log/download")):
            closed = client.request(method, route, content=archive)
            assert closed.status_code == 403
            assert "captchakit key add" in closed.json()["detail"]
        key = client.app.state.service.store.keys.add("me")
        wrong = client.put("/add_data", content=archive, headers={"Authorization": "Bearer ck_wrong"})
        assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")
        for header in ({"Authorization": f"bearer {key}"}, {"X-API-Key": key}):
            assert client.put("/add_data", content=archive, headers=header).status_code == 200
        assert "add_data" in client.get("/log", headers={"X-API-Key": key}).text
        assert client.get("/log", headers={"X-API-Key": key}, params={"lines": 1}).text.count("\n") == 1
        whole = client.get("/log/download", headers={"X-API-Key": key})
        assert "attachment" in whole.headers["content-disposition"]
        assert whole.text.count("/log/download") == 1  # what was refused before, and not what is being asked
        assert key not in whole.text


def test_solving_needs_a_key_where_the_settings_say_so(settings: Settings, tmp_path: Path, fresh: Fresh) -> None:
    """With CAPTCHAKIT_KEYED; health and numbers stay open."""
    with TestClient(create_app(Settings(models=settings.models, data=tmp_path, keyed=True))) as client:
        key = client.app.state.service.store.keys.add("me")
        assert client.post("/solve", content=fresh()).status_code == 401
        assert client.get("/results").status_code == 401
        assert client.post("/solve", content=fresh(), headers={"X-API-Key": key}).status_code == 200
        assert client.get("/health/ready").status_code == 200


def test_a_client_that_asks_too_often_is_held_off(settings: Settings, tmp_path: Path, fresh: Fresh) -> None:
    """429 with the seconds to wait and the request's id; health is not counted; the numbers tell of it."""
    with TestClient(create_app(Settings(models=settings.models, data=tmp_path, rate=3))) as client:
        image = fresh()
        assert [client.post("/solve", content=image).status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = client.get("/models")
        assert 1 <= int(refused.headers["retry-after"]) <= 61
        assert refused.json()["request_id"] == refused.headers["x-request-id"]
        assert client.get("/health/live").status_code == 200
        assert 'status="429"' in client.get("/metrics").text


def test_results_are_listed_by_page_and_filter(client: Client, fresh: Fresh) -> None:
    """What was just answered comes first; pages follow each other; filters hold."""
    image_hash = [client.post("/solve", content=fresh(t)).json()["image_hash"] for t in ("ABT", "BAT", "TAB")]
    page = client.get("/results", params={"limit": 2}).json()
    assert [r["answer"]["image_hash"] for r in page["items"]] == image_hash[:0:-1]
    after = client.get("/results", params={"limit": 1, "before": page["next"]}).json()
    assert after["items"][0]["answer"]["text"] == "ABT"
    one = client.get("/results", params={"image_hash": image_hash[1]}).json()
    assert ([r["answer"]["text"] for r in one["items"]], one["next"]) == (["BAT"], None)
    for params in ({"limit": 0}, {"limit": 10**6}, {"before": 10**30}, {"before": "x"}):
        assert client.get("/results", params=params).status_code == 400  # type: ignore[arg-type]
