"""ISBNs in the forms in which providers write and ask for them."""

from __future__ import annotations

from functools import lru_cache

from stdnum import isbn

from completist.catalog.isbn import canonical, to_10


def isbn13(text: str) -> str:
    """The thirteen digits of an ISBN in any form; empty for what is none, or fails its check."""
    return canonical(text) or ""


def isbn10(thirteen: str) -> str | None:
    """The older form of an ISBN, where it has one."""
    return to_10(thirteen)


@lru_cache(maxsize=100_000)
def hyphenated(text: str) -> str:
    """An ISBN with hyphens at the places where its parts end."""
    formatted: str = isbn.format(text)
    return formatted
