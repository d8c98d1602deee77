"""Stored values read back as the SDK's structs: one decoding, then only what is out of order is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    try:
        record = _edition(stored)
    except decoding.ODD:
        record = decoding.decode(EditionRecord, stored)
    found = trimming.edition(number, record)
    texts = (found.title, found.subtitle, found.publish_date, found.physical_format, found.by_statement)
    lists = (found.publishers, found.subjects, found.languages, found.series, found.lccn, found.oclc)
    if _NUL in stored or not (
        _are_tidy((*texts, found.description)) and _all_tidy(lists) and _all_tidy(found.identifiers.values())
    ):
        found = _tidied(found)
    if (found.isbn_13 or found.isbn_10) and not _plain(found.isbn_10, found.isbn_13):
        ten, thirteen = _isbns((*found.isbn_10, *found.isbn_13))
        found = msgspec.structs.replace(found, isbn_10=ten, isbn_13=thirteen)
    return found


def work(number: int, stored: bytes) -> Work:
    """The work in a stored value."""
    found = trimming.work(number, decoding.decode(WorkRecord, stored))
    texts = (found.title, found.subtitle, found.first_publish_date, found.description)
    if _NUL in stored or not (_are_tidy(texts) and _all_tidy((found.subjects, found.series))):
        return _tidied(found)
    return found


def author(number: int, stored: bytes) -> Author:
    """The author in a stored value."""
    found = trimming.author(number, decoding.decode(AuthorRecord, stored))
    texts = (found.name, found.birth_date, found.death_date, found.bio)
    lists = (found.alternate_names, tuple(found.remote_ids.values()))
    return found if _NUL not in stored and _are_tidy(texts) and _all_tidy(lists) else _tidied(found)


READ: Final[Mapping[Table, Callable[[int, bytes], Entity]]] = {"ed": edition, "wk": work, "au": author}

_NUL: Final = b"\\u0000"  #: as a value holds it


def _are_tidy(texts: Iterable[str]) -> bool:
    """Whether no text begins or ends with white space."""
    for text in texts:  # noqa: SIM110 - a generator for each record takes twice as long
        if text and text.strip() != text:
            return False
    return True


def _all_tidy(lists: Iterable[Sequence[str]]) -> bool:
    """Whether no text in any of some lists is empty, or begins or ends with white space."""
    for texts in lists:
        for text in texts:
            if not text or text.strip() != text:
                return False
    return True


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
