"""Runs: what was trained on what, how it went and what came of it, kept in files and wherever else one wants."""

from captchakit.learning.tracking.runs import Run, Runs
from captchakit.learning.tracking.tracked import configured, track, tracked_fit, trackers
from captchakit.learning.tracking.tracker import Start, Tracker

__all__ = ["Run", "Runs", "Start", "Tracker", "configured", "track", "tracked_fit", "trackers"]
