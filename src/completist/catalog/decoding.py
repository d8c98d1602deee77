"""Decoding a record's JSON whatever shape its fields are in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from completist.catalog.shapes import (
    AuthorLine,
    AuthorRecord,
    EditionLine,
    EditionRecord,
    Pointer,
    Ref,
    Role,
    WorkLine,
    WorkRecord,
)

MAX_INTEGER: Final = 2**31

Record = TypeVar("Record", EditionRecord, WorkRecord, AuthorRecord)

_DECODERS: Final[dict[type, msgspec.json.Decoder[Any]]] = {
    each: msgspec.json.Decoder(each) for each in (EditionRecord, WorkRecord, AuthorRecord)
}
_pointer = msgspec.json.Decoder(Pointer).decode


def decode(shape: type[Record], document: bytes) -> Record:
    """The record in a line's JSON; fields of another type than usual are brought into shape or dropped.

    Raises:
        ValueError: It is not a JSON object, or nested beyond reason.
    """
    try:
        record: Record = _DECODERS[shape].decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _reshape(shape, _lenient(document))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return record


_edition_line = msgspec.json.Decoder(EditionLine).decode
_work_line = msgspec.json.Decoder(WorkLine).decode
_author_line = msgspec.json.Decoder(AuthorLine).decode


class _Goodreads(msgspec.Struct, gc=False):
    """Of an edition's identifiers, those that it is filed by."""

    goodreads: tuple[str, ...] = ()


_goodreads = msgspec.json.Decoder(_Goodreads).decode
_encode = msgspec.json.Encoder().encode
#: What a record raises whose fields are in other shapes than usual, or that is none.
ODD: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def edition_line(document: bytes) -> tuple[EditionLine, bytes]:
    """What loading looks at of an edition, and the value to keep.

    Raises:
        ValueError: It is not a JSON object, or nested beyond reason.
    """
    try:
        record = _edition_line(document)
    except ODD:
        record = _edition_line(_encode(decode(EditionRecord, document)))
    return record, _encode(record)


def work_line(document: bytes) -> tuple[WorkLine, bytes]:
    """The same of a work."""
    try:
        record = _work_line(document)
    except ODD:
        record = _work_line(_encode(decode(WorkRecord, document)))
    return record, _encode(record)


def author_line(document: bytes) -> tuple[AuthorLine, bytes]:
    """The same of an author."""
    try:
        record = _author_line(document)
    except ODD:
        record = _author_line(_encode(decode(AuthorRecord, document)))
    return record, _encode(record)


def goodreads(identifiers: msgspec.Raw) -> Sequence[str]:
    """The Goodreads numbers among the identifiers in an edition's line."""
    content = bytes(identifiers)
    if b"goodreads" not in content:
        return ()
    try:
        return _goodreads(content).goodreads
    except ODD:
        whole = decode(EditionRecord, b'{"identifiers":%b}' % content)
        return whole.identifiers.get("goodreads", ())


def languages(pointers: msgspec.Raw) -> Sequence[Ref | str]:
    """Pointers to the languages in an edition's line."""
    return decode(EditionRecord, b'{"languages":%b}' % bytes(pointers)).languages


def location(document: bytes) -> str:
    """Where a redirect leads: a key with its path; empty when the record does not say.

    Raises:
        ValueError: It is not a JSON object.
    """
    try:
        return _pointer(document).location
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _text(_lenient(document).get("location"))


def _lenient(document: bytes) -> Mapping[str, object]:
    """JSON as the standard library reads it: raw control characters and halves of surrogate pairs pass."""
    try:
        found = json.loads(document.decode(), strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004  one error for all that makes a document useless
    return found


def _reshape(shape: type[Record], document: Mapping[str, object]) -> Record:
    coerce = _COERCE[shape]
    return msgspec.convert(
        {name: coerce[name](document[name]) for name in coerce.keys() & document.keys()}, shape
    )


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).encode(errors="replace").decode()


def _texts(value: object) -> list[str]:
    each = value if isinstance(value, list) else [value]
    return [text for text in map(_text, each) if text]


def _ref(value: object) -> Ref:
    if isinstance(value, Mapping):
        value = value.get("key")
    return Ref(value if isinstance(value, str) and value.isascii() else "")


def _refs(value: object) -> list[Ref]:
    each = value if isinstance(value, list) else [value]
    return [ref for ref in map(_ref, each) if ref.key]


def _roles(value: object) -> list[Role]:
    each = value if isinstance(value, list) else [value]
    inner = [one["author"] if isinstance(one, Mapping) and "author" in one else one for one in each]
    return [Role(author=ref) for ref in _refs(inner)]


def _integer(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value.strip()[:12])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < MAX_INTEGER:
        return None
    return value


def _integers(value: object) -> list[int | None]:
    each = value if isinstance(value, list) else [value]
    return [number for number in map(_integer, each) if number is not None]


def _identifiers(value: object) -> dict[str, list[str]]:
    if not isinstance(value, Mapping):
        return {}
    return {_text(scheme): found for scheme, each in value.items() if (found := _texts(each))}


def _remote_ids(value: object) -> dict[str, str]:
    return {scheme: found[0] for scheme, found in _identifiers(value).items()}


_Coerce = Mapping[str, Callable[[object], object]]
_COERCE: Final[Mapping[type, _Coerce]] = {
    EditionRecord: {
        "title": _text,
        "title_prefix": _text,
        "subtitle": _text,
        "works": _refs,
        "authors": _roles,
        "by_statement": _text,
        "isbn_10": _texts,
        "isbn_13": _texts,
        "publishers": _texts,
        "publish_date": _text,
        "number_of_pages": _integer,
        "languages": _refs,
        "physical_format": _text,
        "covers": _integers,
        "series": _texts,
        "subjects": _texts,
        "description": _text,
        "identifiers": _identifiers,
        "lccn": _texts,
        "oclc_numbers": _texts,
        "oclc": _texts,
    },
    WorkRecord: {
        "title": _text,
        "subtitle": _text,
        "authors": _roles,
        "first_publish_date": _text,
        "description": _text,
        "subjects": _texts,
        "covers": _integers,
        "series": _texts,
    },
    AuthorRecord: {
        "name": _text,
        "personal_name": _text,
        "alternate_names": _texts,
        "birth_date": _text,
        "death_date": _text,
        "bio": _text,
        "photos": _integers,
        "remote_ids": _remote_ids,
    },
}
