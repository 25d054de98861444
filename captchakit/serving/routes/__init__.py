"""The routes: a handler takes arguments, calls one thing of the service, and returns what it says."""
