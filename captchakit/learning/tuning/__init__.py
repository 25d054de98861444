"""Tuning: a model that reads much becomes one that reads a scheme well, from a handful of labels."""

from captchakit.learning.tuning.model import tune
from captchakit.learning.tuning.schedule import tuned
from captchakit.learning.tuning.start import Start

__all__ = ["Start", "tune", "tuned"]
