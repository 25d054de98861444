"""The service: a Litestar application over the same `Library` and `Pipeline` as the command line."""
