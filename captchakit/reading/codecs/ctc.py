"""Connectionist temporal classification (Graves et al. 2006, doi:10.1145/1143844.1143891)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs.alphabet import allowed, checked, indices
from captchakit.stages import Objective
from captchakit.types import ANYTHING, Box, Constraint, Glyphs, Predictions, Probabilities, Solution, Symbol, Targets


@dataclass(frozen=True, slots=True)
class Ctc:
    """A sequence of steps along one glyph, with a last class for blank; repeats collapse and blanks vanish.

    `beam` is how many prefixes are kept where no answer is clear at once.
    """

    alphabet: tuple[str, ...]
    beam: int = 8
    objective: Objective = "sequence"

    def __post_init__(self) -> None:
        object.__setattr__(self, "alphabet", checked(self.alphabet))
        if self.beam < 1:
            raise ValueError("beam must be at least 1")

    @property
    def classes(self) -> int:
        """The labels and blank."""
        return len(self.alphabet) + 1

    def encode(
        self, label: str, glyphs: Glyphs, probabilities: Probabilities | None = None
    ) -> tuple[NDArray[np.intp], Targets] | None:
        """Return the one glyph with the classes of the label in order."""
        del probabilities
        classes = indices(label, self.alphabet)
        if not classes or len(glyphs) != 1:
            return None
        return np.arange(1), np.array([classes], np.int64)

    def decode(self, predictions: Predictions, constraint: Constraint = ANYTHING, top: int = 1) -> Solution:
        """Return the most probable text, its probability summed over all alignments.

        A path of allowed classes spells an allowed text and no other path does, so masking and renormalising each
        step is exact.
        """
        flags = np.append(allowed(self.alphabet, constraint, top), True)
        if not predictions.glyphs:
            return Solution("", 0.0, reason="no_glyphs")
        steps = np.where(flags, predictions.probabilities[0], 0.0).astype(np.float64)
        mass = steps.sum(axis=1, keepdims=True)
        steps /= np.maximum(mass, 1e-30)
        classes = best_text(steps, self.beam)
        confidence = probability(steps, classes)
        box = predictions.glyphs[0].box
        symbols = tuple(
            Symbol(self.alphabet[c], float(steps[start:stop, c].max()), _part(box, start, stop, len(steps)))
            for c, (start, stop) in zip(classes, alignment(steps, classes), strict=True)
        )
        excluded = 1.0 - float(np.prod(mass)) if constraint.alphabet is not None else 0.0
        return Solution("".join(s.label for s in symbols), confidence, symbols, excluded=max(0.0, excluded))


def best_text(steps: NDArray[np.float64], beam: int) -> list[int]:
    """Return the classes of the most probable text for `(T, C)` probabilities, blank last.

    Where the best path's text has more than half of all probability, no other text can have more. Elsewhere a prefix
    beam search looks for it, which is exact as long as the beam holds all prefixes.
    """
    greedy = collapse(steps.argmax(axis=1).tolist(), steps.shape[1] - 1)
    if probability(steps, greedy) > 0.5:
        return greedy
    return max((greedy, _beam_search(steps, beam)), key=lambda text: probability(steps, text))


def collapse(path: list[int], blank: int) -> list[int]:
    """Return the text of a path: repeats once, blanks not at all."""
    return [c for c, before in zip(path, [blank, *path], strict=False) if c not in (blank, before)]


def _extended(classes: list[int], blank: int) -> list[int]:
    extended = [blank]
    for c in classes:
        extended += [c, blank]
    return extended


def probability(steps: NDArray[np.float64], classes: list[int]) -> float:
    """Return the probability of a text summed over all its alignments (the forward algorithm)."""
    blank = steps.shape[1] - 1
    extended = np.array(_extended(classes, blank))
    # A label may be reached from two places before, past a blank, unless it repeats the label before that blank.
    skips = np.zeros(len(extended), bool)
    skips[2:] = (extended[2:] != blank) & (extended[2:] != extended[:-2])
    emitted = steps[:, extended]
    alpha = np.zeros(len(extended))
    alpha[:2] = emitted[0, :2]
    for row in emitted[1:]:
        moved = alpha.copy()
        moved[1:] += alpha[:-1]
        moved[2:] += np.where(skips[2:], alpha[:-2], 0.0)
        alpha = moved * row
    return float(alpha[-2:].sum())


def _beam_search(steps: NDArray[np.float64], beam: int) -> list[int]:
    blank = steps.shape[1] - 1
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}  # ends in blank, ends in its last label
    for row in steps:
        grown: dict[tuple[int, ...], tuple[float, float]] = {}
        likely = [int(c) for c in np.argsort(-row[:blank])[:beam] if row[c] > 0]

        def add(prefix: tuple[int, ...], in_blank: float, in_label: float, grown: dict = grown) -> None:  # type: ignore[type-arg]
            old = grown.get(prefix, (0.0, 0.0))
            grown[prefix] = old[0] + in_blank, old[1] + in_label

        for prefix, (in_blank, in_label) in beams.items():
            both = in_blank + in_label
            add(prefix, both * row[blank], in_label * row[prefix[-1]] if prefix else 0.0)
            for c in likely:
                add((*prefix, c), 0.0, (in_blank if prefix and prefix[-1] == c else both) * row[c])
        best = sorted(grown.items(), key=lambda item: -sum(item[1]))[:beam]
        beams = dict(best)
    return list(max(beams.items(), key=lambda item: sum(item[1]))[0])


def alignment(steps: NDArray[np.float64], classes: list[int]) -> list[tuple[int, int]]:
    """Return the (start, stop) steps of each label on the text's best path (Viterbi)."""
    blank = steps.shape[1] - 1
    extended = _extended(classes, blank)
    scores = np.log(np.maximum(steps[:, extended], 1e-30))
    table = np.full(scores.shape, -np.inf)
    back = np.zeros(scores.shape, np.intp)
    table[0, :2] = scores[0, :2]
    for t in range(1, len(scores)):
        for place in range(len(extended)):
            reach = 3 if place > 1 and extended[place] not in (blank, extended[place - 2]) else 2
            before = [(table[t - 1, place - r], place - r) for r in range(min(reach, place + 1))]
            value, back[t, place] = max(before)
            table[t, place] = value + scores[t, place]
    place = len(extended) - 1 if len(extended) == 1 or table[-1, -1] >= table[-1, -2] else len(extended) - 2
    places = [place]
    for t in range(len(scores) - 1, 0, -1):
        place = int(back[t, place])
        places.append(place)
    places.reverse()
    return [_run(places, 2 * k + 1) for k in range(len(classes))]


def _run(places: list[int], place: int) -> tuple[int, int]:
    start = places.index(place)
    return start, start + places.count(place)


def _part(box: Box, start: int, stop: int, steps: int) -> Box:
    left, right = round(start * box.width / steps), round(stop * box.width / steps)
    return Box(box.x + left, box.y, max(1, right - left), box.height)
