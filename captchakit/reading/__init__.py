"""Solve: from image bytes to a solution."""
