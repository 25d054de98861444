"""Writes the dashboard: `python deploy/grafana/dashboard.py > deploy/grafana/dashboards/captchakit.json`."""

from __future__ import annotations

import json
from typing import Any

SOURCE = {"type": "prometheus", "uid": "prometheus"}
P = "histogram_quantile({q}, sum by (le) (rate(captchakit_request_seconds_bucket{{route='/solve'}}[$__rate_interval])))"

PANELS: list[tuple[str, str, str, int, list[tuple[str, str]]]] = [
    # title, kind, unit, width of 24, [(query, legend)]
    ("Up", "stat", "none", 4, [("sum(up{job='captchakit'})", "up")]),
    ("Requests a second", "stat", "reqps", 5, [("sum(rate(captchakit_requests_total[$__rate_interval]))", "requests")]),
    (
        "Server errors",
        "stat",
        "percentunit",
        5,
        [
            (
                "(sum(rate(captchakit_requests_total{status=~'5..'}[$__range])) or vector(0))"
                " / sum(rate(captchakit_requests_total[$__range]))",
                "share",
            )
        ],
    ),
    ("Waiting images", "stat", "none", 5, [("sum(captchakit_queue_depth)", "waiting")]),
    (
        "The current model",
        "stat",
        "none",
        5,
        [("max by (model, sha256) (captchakit_model) == 1", "{{model}} {{sha256}}")],
    ),
    (
        "Requests by route and status",
        "timeseries",
        "reqps",
        12,
        [("sum by (route, status) (rate(captchakit_requests_total[$__rate_interval]))", "{{route}} {{status}}")],
    ),
    ("Time to answer /solve", "timeseries", "s", 12, [(P.format(q=q), f"p{int(100 * q)}") for q in (0.5, 0.95, 0.99)]),
    (
        "Answers from memory",
        "timeseries",
        "percentunit",
        8,
        [
            (
                "sum(rate(captchakit_answers_total{cached='yes'}[$__rate_interval]))"
                " / sum(rate(captchakit_answers_total[$__rate_interval]))",
                "share",
            )
        ],
    ),
    (
        "Queue",
        "timeseries",
        "none",
        8,
        [
            ("sum(captchakit_queue_depth)", "waiting"),
            ("sum(increase(captchakit_turned_away_total[$__rate_interval]))", "turned away"),
        ],
    ),
    (
        "Answers withheld",
        "timeseries",
        "percentunit",
        8,
        [
            (
                "sum by (model) (rate(captchakit_abstentions_total[$__rate_interval]))"
                " / sum by (model) (rate(captchakit_answers_total{cached='no'}[$__rate_interval]))",
                "{{model}}",
            )
        ],
    ),
    (
        "Mean confidence of new answers",
        "timeseries",
        "percentunit",
        12,
        [
            (
                "sum by (model) (rate(captchakit_confidence_sum[$__rate_interval]))"
                " / sum by (model) (rate(captchakit_confidence_count[$__rate_interval]))",
                "{{model}}",
            )
        ],
    ),
    (
        "Confidence of new answers",
        "heatmap",
        "short",
        12,
        [("sum by (le) (increase(captchakit_confidence_bucket[$__rate_interval]))", "{{le}}")],
    ),
    (
        "Answers over time, by model",
        "timeseries",
        "none",
        12,
        [("sum by (model) (increase(captchakit_answers_total[$__rate_interval]))", "{{model}}")],
    ),
    (
        "Batches not kept",
        "timeseries",
        "none",
        12,
        [("sum(increase(captchakit_store_failures_total[$__rate_interval]))", "batches")],
    ),
    (
        "Confidence below what was expected",
        "timeseries",
        "percentunit",
        12,
        [("max by (model) (captchakit_drift)", "{{model}}")],
    ),
    ("Trainings by state", "timeseries", "none", 12, [("max by (state) (captchakit_trainings)", "{{state}}")]),
]


def panels() -> list[dict[str, Any]]:
    """Return the panels, laid out in rows of 24."""
    made, x, y, height = [], 0, 0, 0
    for number, (title, kind, unit, width, queries) in enumerate(PANELS, 1):
        if x + width > 24:
            x, y = 0, y + height
        height = 4 if kind == "stat" else 8
        targets = [
            {"refId": chr(65 + n), "datasource": SOURCE, "expr": expr, "legendFormat": legend}
            | ({"format": "heatmap"} if kind == "heatmap" else {})
            for n, (expr, legend) in enumerate(queries)
        ]
        place = {"x": x, "y": y, "w": width, "h": height}
        options = {"textMode": "name"} if title == "The current model" else {}
        field = {"defaults": {"unit": unit, "min": 0}, "overrides": []}
        panel = {"id": number, "title": title, "type": kind, "datasource": SOURCE, "gridPos": place}
        made.append({**panel, "targets": targets, "fieldConfig": field, "options": options})
        x += width
    return made


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana provisions it."""
    about = {"uid": "captchakit", "title": "captchakit", "tags": ["captchakit"], "schemaVersion": 41, "version": 1}
    shown = {"time": {"from": "now-1h", "to": "now"}, "refresh": "10s", "timezone": "browser", "editable": True}
    return {**about, **shown, "templating": {"list": []}, "annotations": {"list": []}, "panels": panels()}


if __name__ == "__main__":
    print(json.dumps(dashboard(), indent=1))
