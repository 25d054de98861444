"""The model that is gone on from, and what it makes of a dataset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from captchakit.errors import OptionError
from captchakit.reading.card import ModelCard, Recipe
from captchakit.reading.model import Model
from captchakit.reading.prepare import Prepare
from captchakit.registry import Step, answers, classifiers, codecs
from captchakit.stages import Adaptable, Codec, Contract, Learner


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A model's bytes and card, the classifier that made it, and the parts around it for another alphabet."""

    model: bytes
    card: ModelCard
    classifier: Adaptable
    recipe: Recipe
    codec: Codec
    prepare: Prepare
    contract: Contract

    @classmethod
    def of(cls, path: Path, alphabet: tuple[str, ...], answer: str = "") -> Start:
        """Open a model to go on from, for another alphabet and, where one is named, another answer stage.

        Raises `ModelError`, and `OptionError` where its classifier cannot go on.
        """
        card = Model.open(path).card
        name = str(card.training.get("classifier", ""))
        part = classifiers.build(name, card.training.get("options")) if name in classifiers else None
        if not isinstance(part, Adaptable):
            raise OptionError(f"{path}: a model of classifier {name!r} cannot be gone on from")
        recipe = replace(card.recipe, codec=Step(card.recipe.codec.name, {}))
        if answer:
            answers.build(answer)
            recipe = replace(recipe, answer=Step(answer, {}))
        codec: Codec = codecs.build(recipe.codec.name, {}, alphabet=alphabet)
        framing = card.framing
        contract = Contract(framing.channels, framing.height, framing.width, codec.classes, codec.objective)
        return cls(path.read_bytes(), card, part, recipe, codec, Prepare.from_recipe(recipe), contract)

    def ways(self) -> list[Start]:
        """Return this start, and others that prepare pictures as the model's further looks do."""
        recipes = [self.recipe, *(replace(self.recipe, filters=way) for way in self.card.looks.filters)]
        return [replace(self, recipe=recipe, prepare=Prepare.from_recipe(recipe)) for recipe in recipes]

    @property
    def origins(self) -> dict[str, str]:
        """Return as which label of the alphabet each of the model's is read: letters of either case where one is there.

        What a scheme writes as `e` it may well draw as `E`: many count no case, and some faces have small capitals.
        """
        own = set(self.codec.alphabet)
        read_as = {label: label if label in own else label.swapcase() for label in self.card.alphabet}
        return {label: as_label for label, as_label in read_as.items() if as_label in own}

    def adapted(self, seed: int) -> Learner:
        """Return a learner that reads as the model does, in the classes of the alphabet."""
        origins = self.origins
        read_as = [origins.get(label) for label in self.card.alphabet]
        kept = tuple(tuple(n for n, known in enumerate(read_as) if known == label) for label in self.codec.alphabet)
        return self.classifier.adapted(self.model, kept, self.contract, seed)
