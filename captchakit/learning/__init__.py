"""Learn: datasets, drawing, training."""
