"""The drawing engine: captchas of very many looks with exact labels, the same for the same seed.

>>> draw("plain", seed=7).label
'0083'
"""

from captchakit.learning.drawing.drawing import Drawing, draw
from captchakit.learning.drawing.sheet import sheet
from captchakit.learning.drawing.style import CHARACTERS, Style
from captchakit.learning.drawing.styles import STYLES
from captchakit.learning.drawing.writing import bounds, draw_dataset, samples

__all__ = ["CHARACTERS", "STYLES", "Drawing", "Style", "bounds", "draw", "draw_dataset", "samples", "sheet"]
