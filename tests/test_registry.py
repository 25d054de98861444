"""Parts by name."""

from __future__ import annotations

import pytest

from captchakit import registry
from captchakit.errors import PluginError
from captchakit.registry import KINDS, Parts, options_of

BUILT_IN = {
    "filters": {"adaptive", "contrast", "denoise", "deskew", "dominant_ink", "gray", "ink_distance", "median", "otsu"}
    | {"polarity", "remove_dots", "remove_lines", "remove_thin_strokes", "scale"},
    "segmenters": {"contours", "cuts", "fixed", "projection", "whole"},
    "codecs": {"ctc", "lattice", "symbols", "tags"},
    "answers": {"arithmetic"},
    "classifiers": {"cnn", "sklearn"},
    "solvers": set(),
}


@pytest.mark.parametrize("parts", KINDS, ids=lambda p: p.kind)
def test_the_built_in_parts_are_there(parts: Parts) -> None:
    """Every part that the issue asks for is registered under its kind."""
    assert set(parts) >= BUILT_IN[parts.kind]
    assert len(parts) == len(list(parts))


@pytest.mark.parametrize("parts", KINDS, ids=lambda p: p.kind)
def test_every_part_loads_and_says_what_it_is(parts: Parts) -> None:
    """Every registered part loads and has a docstring that is not its dataclass's signature."""
    for name in parts:
        assert parts[name].__doc__
        assert not parts[name].__doc__.startswith(f"{parts[name].__name__}(")


def test_offers_name_the_distribution() -> None:
    """Every part is listed with who brings it, in which version."""
    offers = [offer for parts in KINDS for offer in parts.offers()]
    gray = next(o for o in offers if (o.kind, o.name) == ("filter", "gray"))
    assert gray.distribution == "captchakit-ocr"
    assert gray.version[0].isdigit()
    assert gray.target.startswith("captchakit.")


@pytest.mark.parametrize("parts", KINDS, ids=lambda p: p.kind)
def test_an_unknown_part_is_refused_with_those_there_are(parts: Parts) -> None:
    """The message lists the names of that kind."""
    assert "no such" not in parts
    with pytest.raises(PluginError, match=f"no {parts.singular} 'no such'; there are {', '.join(parts) or 'none'}"):
        parts.build("no such")


def test_options_are_a_parts_fields() -> None:
    """Defaults and given options are all told, for a card."""
    assert options_of(registry.filters.build("median", {"size": 5})) == {"size": 5}
    assert options_of(registry.codecs.build("lattice", alphabet=("A",), min_length=2))["min_length"] == 2
    assert options_of(object()) == {}
