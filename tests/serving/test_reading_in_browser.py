"""The page at `/browser`: what it is made of, and, slow, that it reads in a real Chromium as Python does."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from captchakit import Library
from captchakit.reading.library import shipped
from captchakit.serving.observing import POLICY
from captchakit.serving.routes.browser import PACKED, files
from captchakit.serving.routes.page import files as page_files
from tests.serving.conftest import Client, Served

READ = """async (images) => {
    const { Reader, pixels } = await import("/browser/reader.js");
    const ort = await import("/browser/ort.js");
    const model = async () => new Uint8Array(await (await fetch("/browser/general.onnx")).arrayBuffer());
    globalThis.reader ??= await Reader.open(ort, await model());
    const answers = [];
    for (const image of images) {
        const bytes = Uint8Array.from(atob(image), (c) => c.charCodeAt(0));
        answers.push(await reader.read(await pixels(new Blob([bytes]))));
    }
    return answers;
}"""
CARD = """async (model) => {
    const { Reader } = await import("/browser/reader.js");
    const bytes = Uint8Array.from(atob(model), (c) => c.charCodeAt(0));
    return Reader.open({}, bytes).then(() => "opened", (error) => error.message);
}"""


def test_all_that_it_names_is_there(client: Client) -> None:
    """Every file that the page and its scripts name is served, packed ones for whom cannot unpack them too."""
    page = client.get("/browser")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = set(re.findall(r'(?:src|href)="browser/([^"]+)"', page.text))
    for script in [n for n in files() if n.endswith(".js") and n not in PACKED]:
        text = files()[script].decode()
        named |= set(re.findall(r'from "\./([^"]+)"', text)) | set(re.findall(r'new URL\("([^"]+)"', text))
        assert set(re.findall(r'"\.\./page/([^"]+)"', text)) <= page_files().keys()
    assert named == files().keys() - {"index.html"}
    for name in named:
        assert client.get(f"/browser/{name}").status_code == 200
    wasm = client.get("/browser/ort.wasm")
    assert (wasm.headers["content-type"], wasm.content[:4]) == ("application/wasm", b"\0asm")
    assert client.get("/browser/ort.wasm", headers={"Accept-Encoding": "identity"}).content == wasm.content
    assert client.get("/browser/general.onnx").content == Library()["general"].read_bytes()
    assert client.get("/browser/nothing.js").status_code == 404


def test_web_assembly_is_allowed_there_alone(client: Client) -> None:
    """No other page may compile any, and this one nothing else that others may not."""
    policy = client.get("/browser").headers["content-security-policy"]
    assert policy == f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'"
    for path in ("/", "/schema/swagger", "/browser/main.js", "/health/live", "/nothing"):
        assert "wasm" not in client.get(path).headers["content-security-policy"]


@pytest.fixture
def page(chromium: Any, served: Served) -> Iterator[Any]:
    """The page with its model loaded, from then on without network."""
    context = chromium.new_context(base_url=served.address)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto("/browser")
    page.get_by_text("general reads.").wait_for(timeout=60_000)
    yield page
    context.close()
    assert wrong == []


@pytest.mark.slow
def test_it_reads_without_network(page: Any) -> None:
    """An image is picked, and its text and confidence are shown; one that is none says so."""
    page.context.set_offline(True)
    sample = shipped("datasets") / "plain" / "images" / "00001.png"
    page.set_input_files("#files", str(sample))
    page.locator('.said[aria-label="Text: 5IQ7"]').wait_for(timeout=60_000)
    told = Library().open().solve(sample.read_bytes())
    assert page.locator(".sure strong").text_content() == f"{told.confidence:.1%}".replace("%", " %")
    page.set_input_files("#files", {"name": "no.png", "mimeType": "image/png", "buffer": b"no image"})
    page.get_by_role("alert").wait_for(timeout=60_000)
    assert "no.png" in page.get_by_role("alert").text_content()


@pytest.mark.slow
def test_it_reads_as_python_does(page: Any) -> None:
    """Every sample of the shipped captchas: the same text, and the same confidence but for what is decoded otherwise.

    Chromium decodes a JPEG to pixels that differ by a level here and there, and of two texts that are both unlikely
    another may come out first; all else is the same arithmetic.
    """
    pipeline = Library().open()
    paths = sorted(p for p in shipped("datasets").glob("*/images/*") if p.parts[-3] != "documents")
    assert len(paths) > 800
    apart = []
    for at in range(0, len(paths), 50):
        chunk = [path.read_bytes() for path in paths[at : at + 50]]
        answers = page.evaluate(READ, [base64.b64encode(data).decode() for data in chunk])
        for path, told, answer in zip(paths[at:], pipeline.solve_batch(chunk), answers, strict=False):
            allowed = 1e-4 if path.suffix == ".png" else 1e-2
            unsure = path.suffix != ".png" and told.confidence < 0.1
            if (told.text != answer["text"] and not unsure) or abs(told.confidence - answer["confidence"]) > allowed:
                apart.append((path.name, told.text, told.confidence, answer))
    assert apart == []


@pytest.mark.slow
def test_models_that_it_cannot_run_are_told(page: Any, model_file: bytes) -> None:
    """In words, as for a file that is none."""
    for data, words in ((model_file, "no filter"), (b"no model", "not a"), (b"", "not a captchakit model")):
        assert words in page.evaluate(CARD, base64.b64encode(data).decode())


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(chromium: Any, served: Served, scheme: Any, tmp_path: Path) -> None:
    """Nothing is wider than the screen."""
    context = chromium.new_context(base_url=served.address, color_scheme=scheme, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto("/browser")
    page.click("#sample")
    page.locator(".said").wait_for(timeout=60_000)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
    context.close()
