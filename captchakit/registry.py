"""Parts by name: one mapping for each entry-point group, read once, loaded on use.

Built-in parts enter by the same door as everybody's: the entry points of an installed distribution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from captchakit.errors import PluginError


@dataclass(frozen=True, slots=True)
class Step:
    """A part to be built: its name and the options that differ from its defaults."""

    name: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """A registered part: its kind, name, and the distribution that brings it."""

    kind: str
    name: str
    distribution: str
    version: str
    target: str


class Parts(Mapping[str, Any]):
    """The parts of one entry-point group: `parts[name]` loads the class, `build` makes one with options."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"Parts({self.kind!r})"

    @cached_property
    def _found(self) -> dict[str, list[EntryPoint]]:
        found: dict[str, list[EntryPoint]] = {}
        for point in sorted(entry_points(group=f"captchakit.{self.kind}"), key=lambda p: p.name):
            same = found.setdefault(point.name, [])
            if point not in same:  # an editable install can list its entry points twice
                same.append(point)
        return found

    @property
    def singular(self) -> str:
        """The word for one part of this kind."""
        return self.kind.removesuffix("s")

    def __getitem__(self, name: str) -> Any:
        points = self._found.get(name, [])
        if len(points) > 1:
            raise PluginError(f"{self.singular} {name!r} is offered by {', '.join(_origin(p) for p in points)}")
        if not points:
            raise PluginError(f"no {self.singular} {name!r}; there are {', '.join(self) or 'none'}")
        try:
            return points[0].load()
        except ImportError as error:
            raise PluginError(f"{self.singular} {name!r} of {_origin(points[0])} does not load: {error}") from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def build(self, name: str, options: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Return the part `name` made with `options`; raises `PluginError` where it refuses them."""
        part = self[name]
        try:
            return part(**{**(options or {}), **more})
        except (TypeError, ValueError) as error:
            raise PluginError(f"{self.singular} {name!r} refuses its options: {error}") from error

    def offers(self) -> list[Offer]:
        """Return every registered part with the distribution it comes from, loading none."""
        return [
            Offer(self.singular, point.name, _origin(point), point.dist.version if point.dist else "", point.value)
            for points in self._found.values()
            for point in points
        ]


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unnamed distribution"


def options_of(part: Any) -> dict[str, Any]:
    """Return all the options of a built part, for a card."""
    return asdict(part) if is_dataclass(part) and not isinstance(part, type) else {}


filters = Parts("filters")
segmenters = Parts("segmenters")
codecs = Parts("codecs")
answers = Parts("answers")
classifiers = Parts("classifiers")
solvers = Parts("solvers")

KINDS = (filters, segmenters, codecs, answers, classifiers, solvers)
