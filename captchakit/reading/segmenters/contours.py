"""One glyph for each connected piece of ink."""

from dataclasses import dataclass

from captchakit.reading.segmenters.pieces import connected
from captchakit.reading.segmenters.windows import Windows
from captchakit.types import Glyph, Glyphs, Image


@dataclass(frozen=True, slots=True)
class Contours:
    """Connected components by their outer contours, merged where their columns overlap by `overlap`.

    `area` is the smallest ink that counts, as a share of the squared image height; `height` the smallest box height
    as a share of the tallest; `margin` and `aspect` are those of `Windows`.
    """

    area: float = 0.004
    height: float = 0.3
    overlap: float = 0.5
    margin: float = 0.1
    aspect: float = 0.6

    def __call__(self, image: Image) -> Glyphs:
        """Return the glyphs from left to right."""
        pieces = connected(image, self.area * image.shape[0] ** 2, self.overlap)
        tallest = max((b.height for b in pieces.boxes), default=0)
        windows = Windows(pieces, self.margin, self.aspect)
        kept = [(k, box) for k, box in enumerate(pieces.boxes) if box.height >= self.height * tallest]
        glyphs = windows.glyphs([(box, k, k + 1) for k, box in kept])
        # What was dropped is no gap in the reading: the spans count what is left.
        return tuple(Glyph(g.image, g.box, (n, n + 1)) for n, g in enumerate(glyphs))
