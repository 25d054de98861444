"""Answer stages: what is made of the text that was read."""
