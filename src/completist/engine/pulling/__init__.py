"""Pulling: a worker outside of a library, which claims runs from its server over HTTP."""
