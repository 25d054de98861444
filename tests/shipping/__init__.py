"""Tests of what is shipped: the wheel, the page, the containers."""
