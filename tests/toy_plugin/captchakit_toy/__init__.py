"""Parts from outside: a filter, a classifier and a solver, each in a file of its own."""
