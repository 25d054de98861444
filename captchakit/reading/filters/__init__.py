"""Filters: image in, image out. Where one needs ink bright and paper dark, its docstring says so."""
