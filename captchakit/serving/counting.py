"""The service's numbers for Prometheus, over all worker processes where there are several."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


class Counts:
    """Counters, histograms and gauges of one worker."""

    def __init__(self) -> None:
        self._children: dict[tuple[int, tuple[str, ...]], Any] = {}
        here = self.registry = CollectorRegistry()
        self._requests = Counter("captchakit_requests", "Requests", ("method", "route", "status"), registry=here)
        self._seconds = Histogram(
            "captchakit_request_seconds", "Time to answer", ("route",), buckets=SECONDS, registry=here
        )
        self._answers = Counter("captchakit_answers", "Answers by model", ("model", "cached"), registry=here)
        self._abstentions = Counter("captchakit_abstentions", "Answers withheld", ("model",), registry=here)
        self._confidence = Histogram(
            "captchakit_confidence", "Confidence of new answers", ("model",), buckets=SHARES, registry=here
        )
        self.waiting = Gauge(
            "captchakit_queue_depth", "Images waiting to be read", registry=here, multiprocess_mode="livesum"
        )
        self.turned_away = Counter("captchakit_turned_away", "Requests refused by a full queue", registry=here)
        self.not_kept = Counter("captchakit_store_failures", "Batches that the store did not take", registry=here)
        self._model = Gauge(
            "captchakit_model", "The current model, 1", ("model", "sha256"), registry=here, multiprocess_mode="livemax"
        )

        self.drift = Gauge(
            "captchakit_drift",
            "Mean confidence below validation's",
            ("model",),
            registry=here,
            multiprocess_mode="livemax",
        )
        self.drift_alert = Gauge(
            "captchakit_drift_alert",
            "1 where confidence has fallen by more than chance",
            ("model",),
            registry=here,
            multiprocess_mode="livemax",
        )
        self.trainings = Gauge(
            "captchakit_trainings", "Experiments by state", ("state",), registry=here, multiprocess_mode="livemax"
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; a method is one of the known ones, so that nobody can make up labels."""
        known = method if method in ("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH") else "other"
        self._held(self._requests, known, route, str(status)).inc()
        self._held(self._seconds, route).observe(seconds)

    def solved(self, model: str, confidence: float, *, cached: bool, abstained: bool) -> None:
        """Count an answer."""
        self._held(self._answers, model, "yes" if cached else "no").inc()
        if not cached:
            self._held(self._confidence, model).observe(confidence)
            if abstained:
                self._held(self._abstentions, model).inc()

    def _held(self, metric: Any, *labels: str) -> Any:
        """Return a metric with its labels, without its lock once it is known: labels are few."""
        key = (id(metric), labels)
        held = self._children.get(key)
        if held is None:
            held = self._children[key] = metric.labels(*labels)
        return held

    def runs(self, model: str, sha256: str) -> None:
        """Note which model is the current one."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            self._model.clear()
        self._model.labels(model, sha256[:12]).set(1)

    def text(self) -> bytes:
        """Return all numbers in the text format of Prometheus."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)
