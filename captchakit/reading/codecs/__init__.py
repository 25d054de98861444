"""Codecs: what a model's probabilities mean, both ways."""
