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

_edition = msgspec.json.Decoder(EditionRecord).decode

Record = TypeVar("Record", Edition, Work, Author)


def edition(number: int, stored: bytes) -> Edition:
    """The edition in a stored value."""
    value = _closed_up(stored)
    try:
        record = _edition(value)
    except decoding.ODD:
        record = decoding.decode(EditionRecord, value)
    found = trimming.edition(number, record)
    if _untidy(value):
        found = _tidied(found)
    if (found.isbn_13 or found.isbn_10) and not _plain(found.isbn_10, found.isbn_13):
        ten, thirteen = _isbns((*found.isbn_10, *found.isbn_13))
        found = msgspec.structs.replace(found, isbn_10=ten, isbn_13=thirteen)
    return found


def work(number: int, stored: bytes) -> Work:
    """The work in a stored value."""
    value = _closed_up(stored)
    found = trimming.work(number, decoding.decode(WorkRecord, value))
    return _tidied(found) if _untidy(value) else found


def author(number: int, stored: bytes) -> Author:
    """The author in a stored value."""
    value = _closed_up(stored)
    found = trimming.author(number, decoding.decode(AuthorRecord, value))
    return _tidied(found) if _untidy(value) else found


READ: Final[Mapping[Table, Callable[[int, bytes], Entity]]] = {"ed": edition, "wk": work, "au": author}

#: White space other than a blank, as a value holds it: escaped, or UTF-8.
_SPACE: Final = rb"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2[\x80\x81].|\xe3\x80\x80)"
_ODD: Final = re.compile(rb'"%b|%b"|\\u0000' % (_SPACE, _SPACE), re.DOTALL)


def _closed_up(stored: bytes) -> bytes:
    """JSON without the blanks between its parts that dumps have.

    A quotation mark within a text has a backslash before it, so what is found here stands between parts, or is a blank
    at the end of a text, which is not told anyway.
    """
    return stored.replace(b', "', b',"').replace(b': "', b':"')


def _untidy(value: bytes) -> bool:
    """Whether a text in a value may be empty, begin or end with white space, or hold a NUL character.

    A value that is closed up has no blank beside a quotation mark but at an end of a text.
    """
    if b'""' in value or b'" ' in value or b' "' in value:
        return True
    return (b"\\" in value or not value.isascii()) and _ODD.search(value) is not None


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
