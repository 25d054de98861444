"""Segmenters: filtered image in, glyphs in reading order out. Ink is whatever is brighter than half."""
