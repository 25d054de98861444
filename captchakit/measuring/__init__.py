"""Measure: how often a solver is right, how sure that is, how fast, and how large."""
