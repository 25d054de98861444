"""The families of captchas, by what makes them hard."""
