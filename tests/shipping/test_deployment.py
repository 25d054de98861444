"""Containers and monitoring: what can be checked without an engine, and what Debian's own programs can really run."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any

import httpx
import pytest
import yaml

from captchakit.serving.counting import Counts
from captchakit.serving.observing import HEADERS, POLICY
from captchakit.settings import Settings, variable

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboards" / "captchakit.json").read_text())


def program(name: str) -> str:
    """Return the path of a program, beside this interpreter or of the system; skip where it is not installed."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    return found or pytest.skip(f"{name} is not installed")


def ran(*command: str | Path, cwd: Path = ROOT) -> str:
    told = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)  # noqa: PLW1510 - told below
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def test_the_dockerfile_has_no_fault() -> None:
    """As hadolint knows them."""
    ran(program("hadolint"), "Dockerfile", "tests/shipping/stack/Dockerfile")


def test_compose_is_what_compose_reads() -> None:
    """By the schema of the specification; the promised services are there, and only the proxy meets the world."""
    ran(program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    services = COMPOSE["services"]
    assert services.keys() == {"frontend", "backend", "worker", "app", "postgres", "prometheus", "grafana"}
    for name, service in services.items():
        for port in service.get("ports", []):
            assert name == "frontend" or port.startswith("127.0.0.1:")
    for name in ("backend", "worker", "app"):
        assert services[name]["read_only"]
        assert services[name]["volumes"] == ["shared:/data"]
    targets = {s["build"]["target"] for s in services.values() if "build" in s}
    assert targets <= set(re.findall(r"^FROM \S+ AS (\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))


def test_containers_set_only_settings_that_exist() -> None:
    """A variable that nobody reads would be a mistake that nobody sees."""
    known = {variable(name) for name in Settings.__dataclass_fields__} | {"CAPTCHAKIT_HOST"}
    places = [ROOT / "Dockerfile", ROOT / "compose.yaml", ROOT / ".env.example"]
    used = {name for path in places for name in re.findall(r"\bCAPTCHAKIT_[A-Z_]+", path.read_text())}
    assert used
    assert used <= known


def test_no_secret_is_written_down() -> None:
    """Passwords come from the environment, and compose does not start without; the README's step brings them all."""
    asked = re.findall(r"\$\{(\w*PASSWORD\w*)(.*?)\}", (ROOT / "compose.yaml").read_text())
    assert {name for name, _ in asked} == {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"}
    assert all(otherwise.startswith(":?") for _, otherwise in asked)
    example = (ROOT / ".env.example").read_text()
    assert all(re.search(rf"^{name}=\S", example, re.MULTILINE) for name, _ in asked)
    assert "cp .env.example .env" in (ROOT / "README.md").read_text()
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def queries() -> list[str]:
    """Return every query of the dashboard, with Grafana's variables filled in."""
    found = [t["expr"] for p in DASHBOARD["panels"] for t in p.get("targets", [])]
    return [e.replace("$__rate_interval", "1m").replace("$__range", "5m") for e in found]


def metrics_of(text: str) -> set[str]:
    return set(re.findall(r"\bcaptchakit_\w+", text))


def test_rules_and_dashboard_ask_for_numbers_that_exist() -> None:
    """Every name in a rule or a panel is one that the service gives."""
    counts = Counts()
    endings = ("", "_total", "_bucket", "_sum", "_count")
    given = {metric.name + ending for metric in counts.registry.collect() for ending in endings}
    asked = metrics_of((DEPLOY / "prometheus" / "rules.yml").read_text()) | metrics_of(" ".join(queries()))
    assert asked
    assert asked <= given


def test_the_dashboard_is_what_its_script_writes() -> None:
    """Nobody has changed the one without the other."""
    assert json.loads(ran(sys.executable, DEPLOY / "grafana" / "dashboard.py")) == DASHBOARD


def test_the_dashboard_is_whole() -> None:
    """Panels have titles, units, a data source that is provisioned, and do not lie over each other."""
    sources = yaml.safe_load((DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yml").read_text())
    uid = sources["datasources"][0]["uid"]
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        assert panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": uid}
        assert panel["fieldConfig"]["defaults"]["unit"]
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken
        taken |= cells


def lost(given: Any, kept: Any, path: str = "") -> list[str]:
    """Return the places of what stands in one JSON and not in the other."""
    if isinstance(given, dict) and isinstance(kept, dict):
        return [
            p for k, v in given.items() for p in (lost(v, kept[k], f"{path}/{k}") if k in kept else [f"{path}/{k}"])
        ]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return [p for n, (a, b) in enumerate(zip(given, kept, strict=True)) for p in lost(a, b, f"{path}/{n}")]
    return [] if given == kept else [path]


def test_the_dashboard_is_of_grafanas_own_types() -> None:
    """Read into the types that Grafana publishes and written again, nothing is lost: every field is one it knows."""
    types = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    cog = importlib.import_module("grafana_foundation_sdk.cog.encoder")
    importlib.import_module("grafana_foundation_sdk.cog.plugins").register_default_plugins()

    def written(dashboard: dict[str, Any]) -> Any:
        return json.loads(cog.JSONEncoder().encode(types.Dashboard.from_json(dashboard)))

    assert lost(DASHBOARD, written(DASHBOARD)) == []
    assert lost({**DASHBOARD, "nonsense": 1}, written({**DASHBOARD, "nonsense": 1})) == ["/nonsense"]


def test_rules_are_right() -> None:
    """Prometheus' own tool reads the configuration, and each alert rings when it should and not before."""
    ran(program("promtool"), "check", "config", "prometheus.yml", cwd=DEPLOY / "prometheus")
    ran(program("promtool"), "test", "rules", "rules.test.yml", cwd=DEPLOY / "prometheus")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def waited(found: Callable[[], Any], seconds: float = 60) -> Any:
    """Return what `found` finds, asked again until it does."""
    last: object = None
    for _ in range(int(seconds / 0.25)):
        try:
            last = found()
        except httpx.HTTPError as error:
            last = error
        if last and not isinstance(last, Exception):
            return last
        time.sleep(0.25)
    raise AssertionError(f"not in time: {last!r}")


@contextmanager
def started(*command: str | Path, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run a program for as long as the block runs; what it has to say is told where pytest shows it."""
    with subprocess.Popen(command, env=env) as process:
        try:
            yield
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def backend(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host and port of a running service."""
    host = f"127.0.0.1:{free_port()}"
    folder = tmp_path_factory.mktemp("backend")
    environment = {"CAPTCHAKIT_MODELS": str(models_folder), "CAPTCHAKIT_DATA": str(folder), "PATH": "/usr/bin:/bin"}
    command = [
        sys.executable,
        "-c",
        "from captchakit.cli import main; main()",
        "serve",
        "--no-worker",
        "--port",
        host.split(":")[1],
    ]
    with started(*command, env=environment):
        waited(lambda: httpx.get(f"http://{host}/health/ready").status_code == 200)
        yield host


@pytest.fixture(scope="module")
def frontend(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of nginx with our configuration, in front of the service."""
    nginx = program("nginx") if shutil.which("nginx") else program("/usr/sbin/nginx")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    shutil.copytree(ROOT / "captchakit" / "serving" / "web" / "page", folder / "page")
    filled = Template((DEPLOY / "nginx.conf.template").read_text())
    site = filled.safe_substitute(
        BACKEND=backend, LISTEN=f"127.0.0.1:{port}", PAGE=folder, NGINX_LOCAL_RESOLVERS="127.0.0.1"
    )
    temporary = "".join(f"{k}_temp_path {folder}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    types = "types { text/html html; text/css css; text/javascript js; image/svg+xml svg; image/png png; }"
    http = f"http {{ access_log off; {temporary} {types} {site} }}"
    (folder / "nginx.conf").write_text(f"daemon off; pid {folder}/pid; error_log stderr; events {{}} {http}")
    folder.chmod(0o755)
    for above in folder.parents:
        if not above.stat().st_mode & 0o001:
            above.chmod(0o755)  # nginx's workers are nobody
    address = f"http://127.0.0.1:{port}"
    with started(nginx, "-p", folder, "-c", folder / "nginx.conf"):
        waited(lambda: httpx.get(address).status_code)
        yield address


def test_the_proxy_serves_the_page_and_solves(frontend: str, backend: str, fresh: Callable[..., bytes]) -> None:
    """The page comes from files with the service's own headers, each once; everything else passes, errors too."""
    page = httpx.get(frontend)
    assert page.text == httpx.get(f"http://{backend}/").text
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers.get_list("x-frame-options") == [HEADERS["X-Frame-Options"]]
    script = httpx.get(f"{frontend}/page/main.js")
    assert script.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    told = httpx.post(f"{frontend}/solve", content=fresh("TAB"))
    assert told.json()["text"] == "TAB"
    assert told.headers.get_list("content-security-policy") == [POLICY]
    wrong = httpx.post(f"{frontend}/solve", content=b"no image")
    assert (wrong.status_code, wrong.json()["title"]) == (422, "Unprocessable Entity")


def test_a_real_prometheus_answers_every_query(backend: str, fresh: Callable[..., bytes], tmp_path: Path) -> None:
    """It scrapes the running service by our configuration; no query of the dashboard or of a rule fails."""
    port = free_port()
    config = (
        (DEPLOY / "prometheus" / "prometheus.yml").read_text().replace("backend:9000", backend).replace("10s", "1s")
    )
    (tmp_path / "prometheus.yml").write_text(config)
    shutil.copy(DEPLOY / "prometheus" / "rules.yml", tmp_path)
    listen = [f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={tmp_path}/numbers"]
    command = [program("prometheus"), f"--config.file={tmp_path}/prometheus.yml", *listen]
    with started(*command):
        base = f"http://127.0.0.1:{port}/api/v1"

        def values(query: str) -> list[Any]:
            told = httpx.get(f"{base}/query", params={"query": query}).raise_for_status().json()
            assert told["status"] == "success"
            return list(told["data"]["result"])

        waited(lambda: values("up == 1"))
        for _ in range(3):
            httpx.post(f"http://{backend}/solve", content=fresh("TAB"))
            time.sleep(1.5)
        solved = 'captchakit_requests_total{route="/solve",status="200"} >= 3'
        waited(lambda: values(solved))
        for query in queries():
            values(query)
        waited(lambda: values("captchakit:solve_seconds:p95 > 0"))
        rules = httpx.get(f"{base}/rules").json()["data"]["groups"][0]["rules"]
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"}
        assert not values('ALERTS{alertstate="firing"}')
