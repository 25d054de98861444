"""Training and deploying: `PUT /retrain`, `/experiments`, `GET /metrics/{id}`, `POST /deploy/...`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import ServerSentEvent

from captchakit.learning.recipes import RECIPES
from captchakit.registry import classifiers
from captchakit.serving.errors import BadRequestError, NotThereError, RefusedError
from captchakit.serving.routes.about import Metadata, described
from captchakit.serving.routes.data import DEFAULT
from captchakit.serving.routes.kept import LARGEST_ID, Before, Limit, moment
from captchakit.serving.schema import RetrainOperation
from captchakit.serving.service import Service
from captchakit.serving.store.experiments import FAILED, FINISHED, Experiment
from captchakit.serving.uploads import AnyRequest, body_of
from captchakit.stages import Adaptable

LOOK_SECONDS = 0.5


class Retrain(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be trained: by default `cnn` from nothing, on the newest version of the dataset `default`.

    With `from`, the name of a model such as `general`, that model goes on with the labels: few are enough.
    """

    classifier: str | None = None
    start: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = msgspec.field(name="from", default=None)
    dataset: Annotated[str, msgspec.Meta(max_length=100)] = DEFAULT
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    recipe: str | None = None
    options: dict[str, str | int | float | bool] = {}
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0
    minutes: Annotated[float, msgspec.Meta(gt=0, le=10_000)] | None = None


class Queued(msgspec.Struct):
    """The number of an experiment that was asked for."""

    experiment_id: int


class Told(msgspec.Struct):
    """An experiment: what was asked, how it goes, and what came of it."""

    id: int
    state: str
    name: str
    dataset: str
    dataset_version: int
    parameters: dict[str, Any]
    progress: list[dict[str, Any]]
    metrics: dict[str, Any]
    error: str | None
    model: str | None
    model_sha256: str | None
    created: str
    started: str | None
    finished: str | None
    seconds: float | None
    attempts: int


class Experiments(msgspec.Struct):
    """A page of experiments, the newest first; `next` asks for the page after it."""

    items: list[Told]
    next: int | None


class Scores(msgspec.Struct):
    """An experiment's metrics, and what they are of."""

    experiment_id: int
    state: str
    metrics: dict[str, Any]
    parameters: dict[str, Any]
    dataset: str
    dataset_version: int
    seconds: float | None
    error: str | None


@put("/retrain", status_code=202, operation_class=RetrainOperation, tags=["learn"])
async def retrain(request: AnyRequest, service: NamedDependency[Service]) -> Queued:
    """Ask for a training on a kept dataset, in a worker outside of the web process, and return its number at once."""
    body = await body_of(request, service.settings.request_seconds)
    try:
        asked = msgspec.json.decode(body or b"{}", type=Retrain)
    except msgspec.DecodeError as error:
        raise BadRequestError(f"the body is not what can be trained: {error}") from None
    await service.apart(_check, service, asked)
    return Queued(await service.apart(_queue, service, asked))


def _check(service: Service, asked: Retrain) -> None:
    if asked.start is None:
        asked.classifier = asked.classifier or "cnn"
        if asked.classifier not in classifiers:
            raise BadRequestError(f"no classifier {asked.classifier!r}; there are {', '.join(classifiers)}")
        if asked.recipe is not None and asked.recipe not in RECIPES:
            raise BadRequestError(f"no recipe {asked.recipe!r}; there are {', '.join(RECIPES)}")
        return
    if asked.classifier is not None or asked.recipe is not None or asked.options:
        raise BadRequestError("'from' goes on with the parts of its model: leave out classifier, recipe and options")
    card = service.models.named(asked.start).card
    asked.classifier = str(card.training.get("classifier", ""))
    if asked.classifier not in classifiers or not isinstance(classifiers.build(asked.classifier), Adaptable):
        raise BadRequestError(f"a model of classifier {asked.classifier!r} cannot be gone on from")


def _queue(service: Service, asked: Retrain) -> int:
    version = service.store.datasets.version(asked.dataset, asked.version)
    if version is None:
        which = "" if asked.version is None else f" of version {asked.version}"
        raise NotThereError(f"there is no dataset {asked.dataset!r}{which}; PUT /add_data makes one")
    parameters = {k: getattr(asked, k) for k in ("classifier", "recipe", "options", "seed", "minutes")}
    parameters["from"] = asked.start
    most = service.settings.trainings
    number = service.store.experiments.queue(
        asked.name or asked.dataset, version.dataset, version.number, parameters, most
    )
    if number is None:
        raise RefusedError(f"{most} training is under way already; ask again when it has ended")
    return number


@get("/experiments", tags=["learn"])
async def experiments(
    service: NamedDependency[Service],
    limit: Limit = 50,
    before: Before = None,
    in_state: Annotated[
        Literal["queued", "running", "finished", "failed"] | None,
        QueryParameter(name="state", description="Only those in this state."),
    ] = None,
) -> Experiments:
    """List the experiments, the newest first."""
    found = await service.apart(service.store.experiments.page, limit, before, in_state)
    return Experiments([told(e) for e in found], found[-1].id if len(found) == limit else None)


@get("/experiments/{experiment_id:int}", tags=["learn"])
async def experiment(service: NamedDependency[Service], experiment_id: FromPath[int]) -> Told:
    """Tell how an experiment goes, or what came of it."""
    return told(await _found(service, experiment_id))


@get("/experiments/{experiment_id:int}/events", tags=["learn"])
async def events(service: NamedDependency[Service], experiment_id: FromPath[int]) -> ServerSentEvent:
    """Tell how an experiment goes as server-sent events: one for each change, until it is over."""
    first = await _found(service, experiment_id)
    return ServerSentEvent(_changes(service, first), event_type="experiment")


async def _changes(service: Service, now: Experiment) -> AsyncIterator[str]:
    last = b""
    while True:
        said = msgspec.json.encode(told(now))
        if said != last:
            last = said
            yield said.decode()
        if now.state in (FINISHED, FAILED):
            return
        await asyncio.sleep(LOOK_SECONDS)
        now = await _found(service, now.id)


@get("/metrics/{experiment_id:int}", tags=["learn"])
async def scores(service: NamedDependency[Service], experiment_id: FromPath[int]) -> Scores:
    """Return an experiment's metrics, parameters, dataset version, duration and state."""
    e = told(await _found(service, experiment_id))
    return Scores(e.id, e.state, e.metrics, e.parameters, e.dataset, e.dataset_version, e.seconds, e.error)


@post("/deploy/{experiment_id:int}", status_code=200, tags=["learn"])
async def deploy(
    service: NamedDependency[Service],
    experiment_id: FromPath[int],
    force: Annotated[bool, QueryParameter(description="Even where its task or score forbids it.")] = False,
) -> Metadata:
    """Make an experiment's model the current one in every worker, and return its card."""
    await _found(service, experiment_id)
    return described(await service.apart(lambda: service.deploy(experiment_id, force=force)))


@post("/deploy/previous", status_code=200, tags=["learn"])
async def deploy_previous(service: NamedDependency[Service]) -> Metadata:
    """Make the model current that was so before, and return its card."""
    return described(await service.apart(service.deploy_previous))


async def _found(service: Service, number: int) -> Experiment:
    found = await service.apart(service.store.experiments.get, number) if 0 < number <= LARGEST_ID else None
    if found is None:
        raise NotThereError(f"there is no experiment {str(number)[:40]}")
    return found


def told(e: Experiment) -> Told:
    """Return an experiment as the service tells it."""
    seconds = None if e.started is None else (e.finished or e.beat or e.started) - e.started
    return Told(
        e.id,
        e.state,
        e.name,
        e.dataset,
        e.dataset_version,
        dict(e.parameters),
        [dict(p) for p in e.progress],
        dict(e.metrics),
        e.error,
        f"experiment-{e.id}" if e.state == FINISHED else None,
        e.model_sha256,
        moment(e.created),
        None if e.started is None else moment(e.started),
        None if e.finished is None else moment(e.finished),
        None if seconds is None else round(seconds, 3),
        e.attempts,
    )
