"""Training from nothing: one way for every classifier, codec and task."""

from __future__ import annotations

from collections.abc import Callable

from captchakit.errors import LearningError
from captchakit.learning.checkpoint import Checkpoint
from captchakit.learning.dataset import Dataset
from captchakit.learning.examples import Preparing
from captchakit.learning.judging import spoken, tempered
from captchakit.learning.laying import Laid, Source
from captchakit.learning.loop import Loop
from captchakit.learning.splitting import learning_split
from captchakit.learning.thresholds import tuned
from captchakit.learning.trained import Progress, Trained
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.registry import codecs
from captchakit.stages import Classifier, Codec, Contract, Learner, Storable


def train(  # noqa: PLR0913 - options by keyword
    dataset: Dataset,
    classifier: Classifier,
    recipe: Recipe,
    framing: Framing,
    *,
    passes: int,
    seed: int = 0,
    minutes: float | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    preparing: Callable[[Preparing], None] = lambda _: None,
    guide: Trained | None = None,
    checkpoint: Checkpoint | None = None,
    resume: bool = False,
) -> Trained:
    """Learn a classifier from string labels and return it in its best state on whole validation images.

    Ends after `passes`, when nothing changes any more, soon after validation has stood still for a quarter of all
    passes, after `minutes`, or at an interrupt: always with the best state so far. A `guide`, trained before on the
    same dataset, lays the labels on the glyphs at first. Where the learner can be broken off, `checkpoint` is written
    after each pass; with `resume` it is where the training goes on.

    Raises `DatasetError`, `LearningError`.
    """
    codec: Codec = codecs.build(recipe.codec.name, recipe.codec.options, alphabet=dataset.alphabet)
    _check(dataset, classifier, codec, recipe)
    contract = Contract(framing.channels, framing.height, framing.width, codec.classes, codec.objective)
    to_learn, to_validate, validated_on = learning_split(dataset, seed)
    source = Source(dataset, to_learn, to_validate, framing, preparing)

    def fresh(number: int) -> Learner:
        return classifier.learner(contract, seed + number)

    state = None
    if checkpoint is not None and resume:
        if not isinstance(fresh(0), Storable):
            raise LearningError(f"{type(classifier).__name__} cannot go on with a training: leave out resume")
        state = checkpoint.load()
    laid = Laid(source, recipe, codec, fresh, guide)
    loop = Loop(laid, passes, minutes, report, checkpoint)
    if state is not None:
        loop.take_up(state)
    loop.run()
    said = spoken(laid.learner, laid.validation)
    codec, settled, f2 = tuned(codec, laid.recipe, said, laid.validation)
    # One temperature is for probabilities that share a whole, which flags do not.
    temperature = 1.0 if codec.objective == "tags" else tempered(said, codec, laid.validation)
    return Trained(
        laid.learner,
        codec,
        contract,
        settled,
        framing,
        temperature,
        laid.validation,
        loop.best[0],
        validated_on,
        laid.examples,
        loop.history,
        doubtful=laid.doubtful(temperature),
        left_out=frozenset(laid.left_out),
        interrupted=loop.interrupted,
        f2=f2,
    )


def _check(dataset: Dataset, classifier: Classifier, codec: Codec, recipe: Recipe) -> None:
    """Raise `LearningError` where the codec makes what the classifier cannot learn, or the dataset does not mean."""
    if codec.objective not in classifier.objectives:
        raise LearningError(
            f"{type(classifier).__name__} cannot learn targets of kind {codec.objective!r}, "
            f"which codec {recipe.codec.name!r} makes; try another recipe or classifier"
        )
    if dataset.task == "tags" and codec.objective != "tags":
        raise LearningError(
            f"{dataset.name}: codec {recipe.codec.name!r} gives no several labels an image; try recipe 'tags'"
        )
