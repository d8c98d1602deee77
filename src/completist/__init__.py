"""Completist completes a personal library: it finds every gap and fills it from the best source."""

__version__ = "0.1.0"
