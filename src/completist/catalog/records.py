"""Stored values read back as the SDK's structs: one decoding, then only what is out of order is put right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from completist.catalog import decoding, isbn, trimming
from completist.catalog.keys import Table
from completist.catalog.shapes import AuthorRecord, EditionRecord, WorkRecord
from completist.sdk.catalogue import Author, Edition, Entity, Work

Record = TypeVar("Record", Edition, Work, Author)


def edition(number: int, stored: bytes) -> Edition:
    """The edition in a stored value."""
    found = trimming.edition(number, decoding.decode(EditionRecord, stored))
    if _untidy(stored):
        found = _tidied(found)
    if (found.isbn_13 or found.isbn_10) and not _plain(found.isbn_10, found.isbn_13):
        ten, thirteen = _isbns((*found.isbn_10, *found.isbn_13))
        found = msgspec.structs.replace(found, isbn_10=ten, isbn_13=thirteen)
    return found


def work(number: int, stored: bytes) -> Work:
    """The work in a stored value."""
    found = trimming.work(number, decoding.decode(WorkRecord, stored))
    if _untidy(stored):
        found = _tidied(found)
    return found


def author(number: int, stored: bytes) -> Author:
    """The author in a stored value."""
    found = trimming.author(number, decoding.decode(AuthorRecord, stored))
    if _untidy(stored):
        found = _tidied(found)
    return found


READ: Final[Mapping[Table, Callable[[int, bytes], Entity]]] = {"ed": edition, "wk": work, "au": author}

#: White space other than a blank, as a value holds it: escaped, or UTF-8.
_SPACE: Final = rb"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2[\x80\x81].|\xe3\x80\x80)"
_ODD: Final = re.compile(rb'"%b|%b"|\\u0000' % (_SPACE, _SPACE), re.DOTALL)


def _untidy(stored: bytes) -> bool:
    """Whether a text in a value may be empty, begin or end with white space, or hold a NUL character.

    Beside a quotation mark, a blank stands at an end of a text, but for those that dumps have between the parts of
    JSON. Within a text the mark has a backslash before it.
    """
    stored = stored.replace(b', "', b',"').replace(b': "', b':"')
    if b'""' in stored or b'" ' in stored or b' "' in stored:
        return True
    return (b"\\" in stored or not stored.isascii()) and _ODD.search(stored) is not None


def _tidied(record: Record) -> Record:
    """The record without NUL characters, white space at the ends of texts, and empty texts."""
    changed = {
        name: _tidy(held)
        for name in record.__struct_fields__
        if name != "key" and (held := getattr(record, name))
    }
    return msgspec.structs.replace(record, **changed)


def _tidy(held: Any) -> Any:  # noqa: ANN401  whatever a field may hold
    if isinstance(held, str):
        return held.replace("\0", "").strip()
    if isinstance(held, tuple):
        return tuple([tidy for each in held if (tidy := _tidy(each))])
    if isinstance(held, Mapping):
        return {name: tidy for name, each in held.items() if (tidy := _tidy(each))}
    return held


def _plain(ten: tuple[str, ...], thirteen: tuple[str, ...]) -> bool:
    """Whether each is valid, in plain digits, and in the list where it belongs."""
    for text in thirteen:
        if len(text) != isbn.LENGTH_13 or isbn.canonical(text) != text:
            return False
    for text in ten:
        if len(text) != isbn.LENGTH_10 or not isbn.is_10(text):
            return False
    few = len(thirteen) <= 1 and len(ten) <= 1
    return few or (len(set(thirteen)) == len(thirteen) and len(set(ten)) == len(ten))


def _isbns(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The valid ones, each in the list where it belongs, in plain digits."""
    ten: dict[str, None] = {}
    thirteen: dict[str, None] = {}
    for text in texts:
        found = isbn.canonical(text)
        if found is None:
            continue
        short = isbn.to_10(found)
        if short is not None and sum(map(str.isalnum, text)) <= isbn.LENGTH_10:
            ten[short] = None
        else:
            thirteen[found] = None
    return tuple(ten), tuple(thirteen)
