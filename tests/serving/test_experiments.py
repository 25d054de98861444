"""Training and deploying."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from litestar.testing import TestClient

from captchakit.serving import training, worker
from captchakit.serving.app import create_app
from captchakit.serving.store.store import Store
from captchakit.settings import Settings
from tests import graphs
from tests.serving import zips
from tests.serving.conftest import Client

QUICK = {"classifier": "sklearn", "recipe": "contours", "options": {"estimator": "logistic", "copies": 0}}


@pytest.fixture
def own(models_folder: Path, tmp_path: Path) -> Settings:
    """Settings of a service of one test alone."""
    return Settings(models=(models_folder,), data=tmp_path, threads=1)


@pytest.fixture
def client(own: Settings) -> Iterator[Client]:
    """A client of it, with a key and a dataset."""
    with TestClient(create_app(own)) as made:
        made.headers["Authorization"] = f"Bearer {made.app.state.service.store.keys.add('tests')}"
        assert made.put("/add_data", content=zips.letters(2)).status_code == 200
        yield made


def finished(client: Client, model: bytes, exact: float = 1.0, n: int = 8) -> int:
    """Make an experiment that has ended with a model, and return its number."""
    store: Store = client.app.state.service.store
    number = store.experiments.queue("made", "default", 1, {}, 100)
    assert number is not None
    store.experiments.begin(number)
    path = training.keep(store.models_folder, f"experiment-{number}.onnx", model)
    metrics = {"exact_match": exact, "n": n, "interval": [0, 1]}
    store.experiments.finish(number, metrics, hashlib.sha256(model).hexdigest(), path.name)
    return number


def test_a_training_is_asked_for_and_done_apart(
    client: Client, own: Settings, monkeypatch: pytest.MonkeyPatch, fresh: Callable[..., bytes]
) -> None:
    """The number comes at once; the worker's process trains, tells how it goes, and its model can be deployed."""
    assert client.put("/add_data", content=zips.letters(40, seed=3)).json()["version"] == 2
    answer = client.put("/retrain", json={**QUICK, "name": "quick"})
    assert (answer.status_code, answer.json()) == (202, {"experiment_id": 1})
    assert client.put("/retrain", json=QUICK).status_code == 409
    assert client.post("/deploy/1").status_code == 409
    assert client.get("/metrics/1").json()["state"] == "queued"
    for name, value in (("DATA", own.data), ("MODELS", own.models[0]), ("THREADS", 1)):
        monkeypatch.setenv(f"CAPTCHAKIT_{name}", str(value))
    store = Store(own)
    worker.see_through(store, 1, 0, Event())
    store.close()
    told = client.get("/experiments/1").json()
    assert (told["state"], told["error"], told["attempts"]) == ("finished", None, 1)
    assert told["progress"][-1]["done"] >= 1
    scores = client.get("/metrics/1").json()
    assert scores["metrics"]["exact_match"] == 1.0
    assert (scores["dataset"], scores["dataset_version"], scores["parameters"]["seed"]) == ("default", 2, 0)
    card = client.post("/deploy/1").json()
    assert (card["name"], card["experiment"], card["training"]["classifier"]) == ("experiment-1", "1", "sklearn")
    assert client.get("/metadata").json() == card
    assert client.post("/solve", content=fresh("TAB")).json()["text"] == "TAB"
    assert "experiment-1" in [m["name"] for m in client.get("/models").json() if m["current"]]
    assert [e["id"] for e in client.get("/experiments").json()["items"]] == [1]


def test_a_model_goes_on_with_the_labels_of_a_dataset(
    client: Client, own: Settings, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`from` names it; what was asked and what came of it are told as of any training, and before and after."""
    assert client.put("/add_data", content=zips.letters(40, seed=3)).json()["version"] == 2
    own.learned.mkdir()
    shutil.copy(reader, own.learned / "reader.onnx")
    answer = client.put("/retrain", json={"from": "reader", "minutes": 0.02})
    assert answer.json() == {"experiment_id": 1}
    for name, value in (("DATA", own.data), ("MODELS", own.models[0])):
        monkeypatch.setenv(f"CAPTCHAKIT_{name}", str(value))
    worker.see_through(client.app.state.service.store, 1, 0, Event())
    told = client.get("/experiments/1").json()
    assert (told["state"], told["error"]) == ("finished", None)
    assert (told["parameters"]["from"], told["parameters"]["classifier"]) == ("reader", "sequence")
    assert told["metrics"]["exact_match"] >= told["metrics"]["exact_match_before"] > 0.5
    assert client.post("/deploy/1").json()["training"]["from"] == "small"
    assert not list(own.learned.glob(".*"))


def test_a_training_from_nothing_goes_on_where_it_was_killed(
    client: Client, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next attempt begins with the pass in which the first one ended, and tells the passes before it too."""
    assert client.put("/add_data", content=zips.letters(40, seed=3)).status_code == 200
    options = {"channels": 4, "height": 16, "width": 16, "passes": 6}
    asked = {"classifier": "cnn", "recipe": "contours", "options": options}
    assert client.put("/retrain", json=asked).json() == {"experiment_id": 1}
    store: Store = client.app.state.service.store
    assert store.experiments.begin(1) == 1
    progress, told = store.experiments.progress, list[int]()

    def killed(number: int, passes: Sequence[Mapping[str, Any]]) -> None:
        progress(number, passes)
        told.append(passes[-1]["done"])
        if told == [1, 2, 3]:
            raise SystemExit

    monkeypatch.setattr(store.experiments, "progress", killed)
    with pytest.raises(SystemExit):
        training.run(own, store, 1)
    store.experiments.release(1)
    assert store.experiments.begin(1, 1) == 2
    training.run(own, store, 1)
    assert told[3] in (3, 4)
    found = client.get("/experiments/1").json()
    assert (found["state"], [p["done"] for p in found["progress"]][:4]) == ("finished", [1, 2, 3, 4])
    assert not list(own.learned.glob(".*"))


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"from": "nobody"}, "no model 'nobody'"),
        ({"from": "plain-cnn", "recipe": "cuts"}, "leave out classifier, recipe and options"),
        ({"from": "plain-cnn"}, "cannot be gone on from"),
        ({"from": ""}, "the body is not what can be trained"),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(client: Client, asked: dict[str, Any], why: str) -> None:
    """A model that is not there, parts that the model already has, and one that is made from nothing each time."""
    answer = client.put("/retrain", json=asked)
    assert 400 <= answer.status_code < 500
    assert why in answer.json()["detail"]


def test_a_training_that_fails_says_why(client: Client, own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of its process stands in the experiment, it cannot be deployed, and the next may be asked for."""
    monkeypatch.setenv("CAPTCHAKIT_DATA", str(own.data))
    client.put("/retrain", json={**QUICK, "options": {"estimator": "none"}})
    worker.see_through(client.app.state.service.store, 1, 0, Event())
    told = client.get("/experiments/1").json()
    assert told["state"] == "failed"
    assert "refuses its options" in told["error"]
    refused = client.post("/deploy/1", params={"force": True})
    assert (refused.status_code, "is failed" in refused.json()["detail"]) == (409, True)
    assert client.put("/retrain", json=QUICK).json() == {"experiment_id": 2}


def test_a_killed_training_is_taken_up_again_and_given_up_at_last(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is to end leaves its training to the next; one whose attempts are all gone is failed."""
    client.put("/retrain", json=QUICK)
    store: Store = client.app.state.service.store
    sleeping: list[subprocess.Popen[bytes]] = []

    def started(number: int, errors: Any) -> subprocess.Popen[bytes]:
        del number
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        sleeping.append(subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors))
        return sleeping[-1]

    monkeypatch.setattr(worker, "_started", started)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.05)
    for attempt in range(1, worker.ATTEMPTS + 1):
        stop = Event()
        thread = Thread(target=worker.see_through, args=(store, 1, attempt - 1, stop))
        thread.start()
        while len(sleeping) < attempt:
            time.sleep(0.01)
        stop.set()
        thread.join(10)
        assert sleeping[-1].poll() is not None
        assert client.get("/experiments/1").json()["state"] == "queued"
    worker.see_through(store, 1, worker.ATTEMPTS, Event())
    told = client.get("/experiments/1").json()
    assert (told["state"], "given up" in told["error"]) == ("failed", True)


def test_a_training_ends_with_its_worker(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the worker dies, its end of the pipe closes, and the training's process is gone."""
    monkeypatch.setenv("CAPTCHAKIT_DATA", str(own.data))
    code = "import captchakit.serving.training as t, time; t.run = lambda *_: time.sleep(60); t.main()"
    child = subprocess.Popen([sys.executable, "-c", code, "1"], stdin=subprocess.PIPE)
    time.sleep(0.5)
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(20) == 3


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"{", 400, "the body is not"),
        (b"[]", 400, "the body is not"),
        (b'{"colour": 1}', 400, "unknown field"),
        (b'{"classifier": "none"}', 400, "no classifier 'none'"),
        (b'{"recipe": "none"}', 400, "no recipe 'none'"),
        (b'{"minutes": -1}', 400, "minutes"),
        (b'{"seed": 1e30}', 400, "seed"),
        (b'{"dataset": "none"}', 404, "no dataset 'none'"),
        (b'{"version": 7}', 404, "of version 7"),
    ],
)
def test_a_training_that_cannot_be_is_refused(client: Client, body: bytes, status: int, detail: str) -> None:
    """Before it is queued, with the reason."""
    answer = client.put("/retrain", content=body)
    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True), answer.text
    assert client.get("/experiments").json()["items"] == []


def test_two_who_ask_at_once_are_one_training(client: Client) -> None:
    """One is taken, the others are told that it is under way."""
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: client.put("/retrain", json=QUICK).status_code, range(6)))
    assert sorted(answers) == [202, 409, 409, 409, 409, 409]


@pytest.mark.parametrize("number", ["0", "-1", "99", str(10**30), "one", "1.5"])
def test_an_unknown_experiment_is_not_there(client: Client, number: str) -> None:
    """Whatever the number: 404 from every route that takes one."""
    routes = [("GET", "/experiments/{}"), ("GET", "/experiments/{}/events"), ("GET", "/metrics/{}")]
    for method, route in [*routes, ("POST", "/deploy/{}")]:
        answer = client.request(method, route.format(number))
        assert answer.status_code == 404, (route, answer.text)
        assert answer.json()["request_id"]


def test_events_tell_each_change_to_the_end(client: Client, cuts_file: bytes) -> None:
    """Server-sent events: as JSON, until the experiment is over."""
    number = finished(client, cuts_file)
    with client.stream("GET", f"/experiments/{number}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line.startswith("data:")]
    assert json.loads(lines[-1].removeprefix("data:"))["state"] == "finished"


def test_what_should_not_be_deployed_is_refused_unless_forced(client: Client, own: Settings, cuts_file: bytes) -> None:
    """A low score and another task yield to force; a damaged, foreign or missing file does not."""
    low = finished(client, cuts_file, exact=0.4)
    card = graphs.card(task="types")
    other = finished(client, graphs.model(card))
    for number, reason in ((low, "0.400 of 8"), (other, "a model for 'types'")):
        refused = client.post(f"/deploy/{number}")
        assert (refused.status_code, reason in refused.json()["detail"]) == (409, True), refused.text
        assert "force=true" in refused.json()["detail"]
        assert client.post(f"/deploy/{number}", params={"force": True}).status_code == 200
    models = own.data / "models"
    for damage in (b"", b"no model", cuts_file[:-1] + b"x", None):
        number = finished(client, cuts_file)
        path = models / f"experiment-{number}.onnx"
        path.unlink() if damage is None else path.write_bytes(damage)
        assert client.post(f"/deploy/{number}", params={"force": True}).status_code == 409
    assert client.get("/metadata").json()["name"] == f"experiment-{other}"


def test_going_back_brings_the_model_before(client: Client, cuts_file: bytes) -> None:
    """To the configured model at last; there is nothing before it."""
    assert client.post("/deploy/previous").status_code == 409
    number = finished(client, cuts_file)
    assert client.post(f"/deploy/{number}").json()["name"] == f"experiment-{number}"
    assert client.post("/deploy/previous").json()["name"] == "general"
    assert client.post("/deploy/previous").status_code == 409


def test_a_new_model_does_not_answer_with_the_old_ones_results(
    client: Client, cuts_file: bytes, fresh: Callable[..., bytes]
) -> None:
    """What is stored is found by the model's file: a deployment is never answered from before."""
    image = fresh("BAT")
    first = client.post("/solve", content=image).json()
    number = finished(client, cuts_file)
    client.post(f"/deploy/{number}")
    second = client.post("/solve", content=image).json()
    assert (first["model"], second["model"], second["cached"]) == ("letters", "letters-cuts", False)
    client.post("/deploy/previous")
    third = client.post("/solve", content=image).json()
    assert (third["model"], third["cached"]) == ("letters", True)


def test_other_workers_follow_a_deployment_under_load(
    client: Client, own: Settings, cuts_file: bytes, fresh: Callable[..., bytes]
) -> None:
    """Another worker answers with the new model soon after, no request fails meanwhile, a new one starts with it."""
    images = [fresh() for _ in range(40)]
    with TestClient(create_app(own)) as other:
        seen = [other.post("/solve", content=images[0]).json()["model"]]
        number = finished(client, cuts_file)
        assert client.post(f"/deploy/{number}").status_code == 200
        until = time.monotonic() + 20
        while seen[-1] != "letters-cuts" and time.monotonic() < until:
            answers = [other.post("/solve", content=image) for image in images]
            assert {a.status_code for a in answers} == {200}
            seen += [a.json()["model"] for a in answers]
        assert seen[-1] == "letters-cuts"
        assert other.get("/metadata").json()["name"] == f"experiment-{number}"
        assert f'captchakit_model{{model="experiment-{number}"' in other.get("/metrics").text
    with TestClient(create_app(own)) as later:
        assert later.get("/metadata").json()["name"] == f"experiment-{number}"


def test_a_deployed_model_that_is_lost_leaves_the_configured_one(
    client: Client, own: Settings, cuts_file: bytes
) -> None:
    """A worker that cannot load what is deployed starts with the configured model, and its log says so."""
    number = finished(client, cuts_file)
    client.post(f"/deploy/{number}")
    (own.data / "models" / f"experiment-{number}.onnx").unlink()
    with TestClient(create_app(own)) as later:
        assert later.get("/metadata").json()["name"] == "general"
    assert "a deployed model cannot be used" in own.log.read_text()
