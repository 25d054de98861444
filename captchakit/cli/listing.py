"""`captchakit models` and `captchakit plugins`."""

from __future__ import annotations

from captchakit.cli import options
from captchakit.errors import CaptchakitError
from captchakit.reading.card import ModelCard
from captchakit.reading.library import DEFAULT_MODEL
from captchakit.registry import KINDS


def models() -> None:
    """List the models, one a line: name, task, size, alphabet, what it was trained on and its validation score.

    The default of `captchakit solve` is marked with an asterisk.

    Example: captchakit models
    """
    library = options.library()
    rows = [("name", "task", "kB", "alphabet", "trained on", "exact match")]
    for name, path in library.items():
        size = f"{path.stat().st_size / 1000:.0f}"
        shown = f"{name}{'*' if name == DEFAULT_MODEL else ''}"
        try:
            rows.append((shown, *_described(library.open(name).card, size)))
        except CaptchakitError as error:
            rows.append((shown, "unusable", size, str(error), "", ""))
    options.columns(rows)


def _described(card: ModelCard, size: str) -> tuple[str, str, str, str, str]:
    alphabet = "".join(card.alphabet) if all(len(a) == 1 for a in card.alphabet) else " ".join(card.alphabet)
    shown = alphabet if len(alphabet) <= 40 else f"{alphabet[:37]}..."
    score = card.scores.get("exact_match")
    told = "" if score is None else f"{score:.3f} of {card.scores.get('n')}"
    return card.task, size, shown, str(card.training.get("dataset", "")), told


def plugins() -> None:
    """List every part, built in or installed: kind, name, and the distribution that brings it.

    Example: captchakit plugins
    """
    offers = [offer for parts in KINDS for offer in parts.offers()]
    options.columns(
        [("kind", "name", "distribution"), *((o.kind, o.name, f"{o.distribution} {o.version}") for o in offers)]
    )
