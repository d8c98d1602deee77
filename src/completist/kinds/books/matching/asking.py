"""Asking: what a list says about one book, in the form in which it is compared with the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from completist.domain.fields import Data
from completist.kinds.books.matching.names import split_names
from completist.kinds.books.matching.titles import Title, parse_title

_YEAR = re.compile(r"-?\d{1,4}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list says about one book, ready for comparing."""

    title: Title
    authors: tuple[
        str, ...
    ]  #: the author first, then whoever else contributed; empty when no author is named
    year: int | None = None  #: of first publication


def asked(values: Mapping[str, Data]) -> Asked | None:
    """What the data of an item asks for, or None when it has no title."""
    title = _text(values.get("title"))
    if not title:
        return None
    authors = split_names(texts(values.get("authors")))
    return Asked(
        title=parse_title(title, _text(values.get("subtitle"))),
        authors=(*authors, *texts(values.get("contributors"))) if authors else (),
        year=year_of(values.get("first_published")),
    )


def year_of(data: Data) -> int | None:
    """The year that a date of any precision begins with; None when there is none, or it is 0."""
    if isinstance(data, int) and not isinstance(data, bool):
        return data or None
    found = _YEAR.match(data.strip()) if isinstance(data, str) else None
    return (int(found.group()) or None) if found else None


def texts(data: Data) -> tuple[str, ...]:
    """The texts of a list, or of one text standing for a list of one."""
    if isinstance(data, str):
        return (data,) if data.strip() else ()
    if isinstance(data, list):
        return tuple(each for each in data if isinstance(each, str) and each.strip())
    return ()


def _text(data: Data) -> str:
    return data.strip() if isinstance(data, str) else ""
