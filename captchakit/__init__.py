"""captchakit reads text captchas and measures how strong they are, offline."""

from captchakit.errors import CaptchakitError
from captchakit.reading.library import Library
from captchakit.reading.pipeline import Pipeline
from captchakit.types import Constraint, Solution

__all__ = ["CaptchakitError", "Constraint", "Library", "Pipeline", "Solution"]
