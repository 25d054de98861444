"""Which model answers: may a trained one take over, and how it does in every worker without a failed request."""

from __future__ import annotations

import cv2
import numpy as np
import structlog

from captchakit.errors import CaptchakitError, ModelError
from captchakit.measuring.statistics import wilson
from captchakit.serving.errors import NotThereError, RefusedError
from captchakit.serving.models import Models, Running, load
from captchakit.serving.store.deployments import Deployment
from captchakit.serving.store.experiments import FINISHED, Experiment
from captchakit.serving.store.store import Store
from captchakit.settings import Settings


class Deploying:
    """Deploys models, and follows what other workers deploy."""

    def __init__(self, settings: Settings, store: Store, models: Models) -> None:
        self._settings, self._store, self._models = settings, store, models
        self._seen = 0

    def deploy(self, number: int, *, force: bool) -> Running:
        """Make an experiment's model the current one; raises `NotThereError`, or `RefusedError` with the reason.

        A model that is damaged or does not run is refused whatever is asked; one of another task, or one that read
        too little on validation, unless `force` is set.
        """
        experiment = self._store.experiments.get(number)
        if experiment is None:
            raise NotThereError(f"there is no experiment {number}")
        running = self._ready(experiment)
        reason = None if force else self._doubt(experiment, running)
        if reason is not None:
            raise RefusedError(f"{reason}; deploy it all the same with force=true")
        self._take(self._store.deployments.add(number, forced=force), running)
        return running

    def back(self) -> Running:
        """Make the model current that was so before; raises `RefusedError` where there was none."""
        deployment = self._store.deployments.back()
        if deployment is None:
            raise RefusedError("no model was deployed before the current one")
        running = self._of(deployment)
        self._take(deployment, running)
        return running

    def follow(self) -> bool:
        """Take over what another worker has deployed, and return whether anything changed."""
        if self._store.deployments.newest() == self._seen:
            return False
        deployment = self._store.deployments.current()
        if deployment is None:
            return False
        try:
            self._take(deployment, self._of(deployment))
        except (CaptchakitError, OSError) as error:
            self._seen = deployment.id  # the old model answers on; it is told once
            structlog.get_logger().error("a deployed model cannot be used", deployment=deployment.id, error=str(error))
            return False
        return True

    def _take(self, deployment: Deployment, running: Running) -> None:
        self._models.swap(running)
        self._seen = deployment.id
        structlog.get_logger().info("model deployed", model=running.name, sha256=running.sha256)

    def _of(self, deployment: Deployment) -> Running:
        if deployment.experiment is None:
            return self._models.named(self._settings.model)
        experiment = self._store.experiments.get(deployment.experiment)
        if experiment is None:
            raise NotThereError(f"there is no experiment {deployment.experiment}")
        return self._ready(experiment)

    def _ready(self, experiment: Experiment) -> Running:
        """Return an experiment's model, loaded, checked and warm; raises `RefusedError`."""
        if experiment.state != FINISHED or not experiment.model_path:
            raise RefusedError(f"experiment {experiment.id} is {experiment.state}: it has no model")
        name = f"experiment-{experiment.id}"
        try:
            running = load(name, self._store.models_folder / experiment.model_path)
        except (ModelError, OSError) as error:
            raise RefusedError(f"the model of experiment {experiment.id} cannot be used: {error}") from None
        if running.sha256 != experiment.model_sha256:
            raise RefusedError(f"the model of experiment {experiment.id} is not the file that was trained")
        _warm(running)
        return running

    def _doubt(self, experiment: Experiment, running: Running) -> str | None:
        """Return why a sound model should not take over, None where it may."""
        current = self._models.current.card
        if running.card.task != current.task:
            return f"it is a model for {running.card.task!r}, and the current one for {current.task!r}"
        exact, n = float(experiment.metrics["exact_match"]), int(experiment.metrics["n"])
        if exact < self._settings.least_exact:
            return f"it read {exact:.3f} of {n} validation images, less than {self._settings.least_exact}"
        scores = current.scores
        if current.training.get("dataset") == running.card.training.get("dataset") and "exact_match" in scores:
            held = wilson(round(scores["exact_match"] * scores["n"]), int(scores["n"]))
            if wilson(round(exact * n), n)[1] < held[0]:
                return f"it read {exact:.3f} of {n} validation images, the current model {scores['exact_match']:.3f}"
        return None


def _warm(running: Running) -> None:
    """Run a model once: it allocates, and one that cannot run is found out before it answers anybody."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 160, 3), np.uint8)
    try:
        running.pipeline.solve(cv2.imencode(".png", noise)[1].tobytes())
    except CaptchakitError as error:
        raise RefusedError(f"the model {running.name!r} does not run: {error}") from None
