"""Anki packages: the same cards, the same bytes."""

from completist.sinks.apkg.package import write_package

__all__ = ["write_package"]
