"""The page in a real Chromium, on a real service; slow, and skipped where there is no Chromium."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving.conftest import Served
from tests.serving.test_experiments import finished
from tests.serving.zips import letters

pytestmark = pytest.mark.slow
api = pytest.importorskip("playwright.sync_api")
api.expect.set_options(timeout=20_000)  # on a busy machine everything comes later

SIZES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}, "has_touch": True},
}
EVENTS = """([kind, data]) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], `${kind}.png`, {type: "image/png"}));
    const more = kind === "paste" ? {clipboardData: carried} : {dataTransfer: carried};
    const made = kind === "paste" ? new ClipboardEvent(kind, {...more, bubbles: true, cancelable: true})
        : new DragEvent(kind, {...more, bubbles: true, cancelable: true});
    document.body.dispatchEvent(made);
}"""


@pytest.fixture
def page(chromium: Any, served: Served) -> Iterator[Any]:
    """The page on a large screen; whatever its scripts let fall, the content policy blocks or goes elsewhere fails."""
    yield from opened(chromium, served, "light")


def opened(chromium: Any, served: Served, size: str) -> Iterator[Any]:
    context = chromium.new_context(base_url=served.address, **SIZES[size])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("request", lambda r: None if r.url.startswith((served.address, "blob:", "data:")) else wrong.append(r.url))
    page.goto("/")
    yield page
    context.close()
    assert wrong == []


def text_of(answer: Any) -> str:
    return str(answer.locator(".said").get_attribute("aria-label"))


def upload(page: Any, *images: bytes) -> None:
    page.set_input_files(
        "#files", [{"name": f"{n}.png", "mimeType": "image/png", "buffer": i} for n, i in enumerate(images)]
    )


def test_an_image_is_read_by_upload(page: Any, fresh: Callable[..., bytes]) -> None:
    """Text, confidence, a box for each character over the image, other readings, and the stages when asked for."""
    upload(page, fresh("TAB"))
    answer = page.locator("#answers > li")
    api.expect(answer.locator(".said")).to_have_attribute("aria-label", "Text: TAB")
    api.expect(answer.locator(".sure strong")).to_contain_text("%")
    api.expect(answer.locator(".top rect")).to_have_count(3)
    for box in answer.locator(".top rect").all():
        inside, around = box.bounding_box(), answer.locator(".top img").bounding_box()
        assert around["x"] <= inside["x"] <= inside["x"] + inside["width"] <= around["x"] + around["width"] + 1
    api.expect(answer.locator(".others li").first).to_be_visible()
    answer.get_by_text("How it was read").click()
    api.expect(answer.locator(".stages figcaption").first).to_have_text("image")
    api.expect(answer.locator(".stages figcaption").last).to_have_text("answer, 3")
    assert all(i.evaluate("e => e.naturalWidth > 0") for i in answer.locator(".stages img").all())


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_an_image_is_read_by_paste_and_by_drop(page: Any, fresh: Callable[..., bytes], kind: str) -> None:
    """From whichever room of the page."""
    page.goto("/#results")
    page.evaluate(EVENTS, [kind, base64.b64encode(fresh("BAB")).decode()])
    api.expect(page.locator("#answers .said")).to_have_attribute("aria-label", "Text: BAB")
    api.expect(page.locator("#solve-title")).to_be_visible()


def test_several_images_are_read_each_for_itself(page: Any, fresh: Callable[..., bytes]) -> None:
    """One that is none says why, the others are answered, and all answers can be saved."""
    upload(page, fresh("AAB"), b"no image at all", fresh("BTB"))
    api.expect(page.locator("#answers .said")).to_have_count(2)
    alert = page.get_by_role("alert")
    api.expect(alert).to_contain_text("1.png")
    api.expect(alert).to_contain_text("Not an image of a known format")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    rows = Path(saved.value.path()).read_text().splitlines()
    assert rows[0] == "file,text,confidence,model"
    assert [r.split(",")[:2] for r in rows[1:]] == [['"0.png"', '"AAB"'], ['"2.png"', '"BTB"']]


def test_options_change_the_answer(page: Any, fresh: Callable[..., bytes]) -> None:
    """Model, alphabet, length and pattern are asked for; a pattern that is none is told in words."""
    upload(page, fresh("TAT"))
    said = page.locator("#answers .said")
    api.expect(said).to_have_attribute("aria-label", "Text: TAT")
    page.get_by_label("Alphabet").fill("AB")
    page.get_by_label("Model", exact=True).first.select_option("letters-cuts")
    page.get_by_role("button", name="Read again").click()
    api.expect(said).not_to_have_attribute("aria-label", "Text: TAT")
    assert set(text_of(page.locator("#answers > li")).removeprefix("Text: ")) <= {"A", "B"}
    page.get_by_label("Pattern").fill("[A-")
    page.get_by_role("button", name="Read again").click()
    api.expect(page.get_by_role("alert")).to_contain_text("pattern")
    page.get_by_label("Pattern").fill("")
    page.get_by_label("Least confidence").fill("0.99")
    page.get_by_role("button", name="Read again").click()
    api.expect(page.locator("#answers .withheld")).to_contain_text("No answer")


def test_results_are_listed_and_found(page: Any, fresh: Callable[..., bytes]) -> None:
    """What was answered stands in the history, and can be searched by its text."""
    upload(page, fresh("ABAT"), fresh("TTTA"))
    api.expect(page.locator("#answers .said")).to_have_count(2)
    page.get_by_role("link", name="Results").click()
    page.get_by_label("Text", exact=True).fill("ABAT")
    page.get_by_role("button", name="Find").click()
    api.expect(page.locator("#rows tr")).to_have_count(1)
    api.expect(page.locator("#rows td").first).to_have_text("ABAT")


def test_a_model_is_deployed_with_a_key_and_not_without(page: Any, served: Served, cuts_file: bytes) -> None:
    """Without a key it says what is missing; with one the model answers, and the one before can come back."""
    number = finished(served, cuts_file)  # type: ignore[arg-type]
    page.get_by_role("link", name="Training").click()
    deploy = page.get_by_role("button", name=f"Deploy experiment {number}", exact=True)
    deploy.click()
    api.expect(page.locator("#deployed")).to_contain_text("This needs a key")
    page.get_by_text("No key").click()
    page.get_by_label("Key", exact=True).fill(served.key)
    page.get_by_role("button", name="Use it").click()
    api.expect(page.get_by_text("Key in use")).to_be_visible()
    deploy.click()
    api.expect(page.locator("#deployed")).to_have_text(f"experiment-{number} answers now.")
    api.expect(page.get_by_text("This model answers now.")).to_be_visible()
    page.get_by_role("button", name="Back to the model before").click()
    api.expect(page.locator("#deployed")).to_have_text("general answers now.")


def test_images_are_added_and_a_training_is_asked_for(page: Any, served: Served) -> None:
    """A zip becomes a version of a dataset, and the training stands in the queue at once."""
    page.get_by_text("No key").click()
    page.get_by_label("Key", exact=True).fill(served.key)
    page.get_by_role("button", name="Use it").click()
    page.get_by_role("link", name="Training").click()
    page.set_input_files("#archive", {"name": "a.zip", "mimeType": "application/zip", "buffer": letters(6)})
    page.get_by_label("Into the dataset").fill("mine")
    page.get_by_role("button", name="Add", exact=True).click()
    api.expect(page.locator("#added")).to_have_text("mine version 1 has 6 images: 6 new, 0 there already.")
    page.get_by_label("Classifier").select_option("sklearn")
    page.get_by_role("button", name="Start training").click()
    api.expect(page.locator("#queued")).to_contain_text("is queued")
    api.expect(page.locator("#experiments .state.queued")).to_be_visible()
    newest = served.store.experiments.page(1)[0]
    assert (newest.dataset, newest.parameters["classifier"]) == ("mine", "sklearn")


def test_the_services_numbers_are_drawn(page: Any, fresh: Callable[..., bytes]) -> None:
    """Answers are counted, and there are charts with words for who cannot see them."""
    upload(page, fresh("ATAB"))
    api.expect(page.locator("#answers .said")).to_have_count(1)
    page.get_by_role("link", name="Service").click()
    api.expect(page.locator("#tiles div").first).to_contain_text("Answers")
    api.expect(page.get_by_role("img", name="Curve, last values: ms")).to_be_visible()
    api.expect(page.locator("#models tr", has_text="(current)")).to_contain_text("general")


@pytest.mark.parametrize("size", SIZES)
def test_it_fits_and_reads_well_in_every_size(chromium: Any, served: Served, size: str) -> None:
    """No room is wider than the screen, and text stands out from what is behind it by 4.5 to 1 at least."""
    for page in opened(chromium, served, size):
        page.click("#sample")
        api.expect(page.locator("#answers .said")).to_have_count(1)
        for room in ("solve", "results", "training", "service"):
            page.goto(f"/#{room}")
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
            assert page.evaluate(FAINT) == []


FAINT = """() => {
    const parts = (c) => c.match(/[\\d.]+/g).map(Number);
    const light = (c) => { const [r, g, b] = parts(c).map((v) => v / 255)
        .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (e) => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor; if ((parts(c)[3] ?? 1) > 0.99) return c; }
        return "rgb(255,255,255)"; };
    const told = [];
    for (const e of document.querySelectorAll("body *")) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        if (!own || e.closest("svg") || e.disabled || !e.checkVisibility()) continue;
        const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) told.push(`${e.tagName} ${e.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
    }
    return told;
}"""


def test_it_is_used_by_keyboard_alone(page: Any) -> None:
    """The first key leads past the navigation, every room is reached, and Escape closes the key's form."""
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "content"
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "sample"
    page.keyboard.press("Enter")
    api.expect(page.locator("#answers .said")).to_have_count(1)
    api.expect(page.get_by_role("status").first).to_contain_text("sample.png")
    page.get_by_role("link", name="Training").focus()
    page.keyboard.press("Enter")
    api.expect(page.locator("#training-title")).to_be_visible()
    page.locator(".key summary").focus()
    page.keyboard.press("Enter")
    api.expect(page.get_by_label("Key", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    api.expect(page.get_by_label("Key", exact=True)).to_be_hidden()
