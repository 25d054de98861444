"""Runs as TensorBoard files, written by tensorboardX, which needs numpy and protobuf alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from tensorboardX import SummaryWriter

from captchakit.learning.tracking.tracker import Start, Status


class TensorBoard:
    """Scalars for each pass, the configuration as text, plots as pictures, in `folder/<id>/tensorboard/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: SummaryWriter | None = None

    @property
    def writer(self) -> SummaryWriter:
        """The writer of the run that was begun."""
        assert self._writer is not None, "the run has not begun"
        return self._writer

    def begin(self, start: Start) -> None:
        """Open the event file."""
        self._writer = SummaryWriter(str(self._folder / start.id / "tensorboard"))
        text = json.dumps(start.to_json(), ensure_ascii=False, indent=1, default=str)
        self._writer.add_text("run", f"```\n{text}\n```")

    def epoch(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add scalars."""
        for name, value in metrics.items():
            self.writer.add_scalar(name, value, step)

    def keep(self, name: str, data: bytes) -> None:
        """Show a plot; other files lie beside the event file anyhow."""
        if name.endswith(".png"):
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
            self.writer.add_image(name.removesuffix(".png"), picture, dataformats="HWC")

    def end(self, status: Status, metrics: Mapping[str, float], seconds: float) -> None:
        """Add the final metrics and close the event file."""
        self.writer.add_text("status", f"{status} after {seconds:.1f} s")
        for name, value in metrics.items():
            self.writer.add_scalar(f"final/{name}", value, 0)
        self.writer.close()
