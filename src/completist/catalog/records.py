"""Stored values read back as the SDK's structs."""

from __future__ import annotations

from typing import Final

import msgspec

from completist.catalog import isbn
from completist.catalog.shapes import (
    AuthorRecord,
    EditionRecord,
    LongText,
    WorkRecord,
    bare,
    clean,
    role_keys,
    title_of,
)
from completist.sdk.catalogue import Author, Edition, Work

MAX_PAGES: Final = 100_000  #: more is a slip of the keyboard
MAX_IMAGE: Final = 2**31

_edition = msgspec.json.Decoder(EditionRecord).decode
_work = msgspec.json.Decoder(WorkRecord).decode
_author = msgspec.json.Decoder(AuthorRecord).decode


def edition(key: str, stored: bytes) -> Edition:
    """The edition in a stored value."""
    record = _edition(stored)
    ten, thirteen = _isbns(record)
    return Edition(
        key=key,
        title=title_of(record),
        subtitle=clean(record.subtitle),
        works=tuple(bare(ref.key) for ref in record.works if ref.key),
        authors=role_keys(record.authors),
        by_statement=clean(record.by_statement),
        isbn_10=ten,
        isbn_13=thirteen,
        publishers=_cleaned(record.publishers),
        publish_date=clean(record.publish_date),
        number_of_pages=_plausible(record.number_of_pages),
        languages=tuple(bare(ref.key) for ref in record.languages if ref.key),
        physical_format=clean(record.physical_format),
        covers=_images(record.covers),
        series=_cleaned(record.series),
        subjects=_cleaned(record.subjects),
        description=_long(record.description),
        identifiers={
            scheme: found for scheme, each in record.identifiers.items() if (found := _cleaned(each))
        },
        lccn=_cleaned(record.lccn),
        oclc=_cleaned(record.oclc_numbers),
    )


def work(key: str, stored: bytes) -> Work:
    """The work in a stored value."""
    record = _work(stored)
    return Work(
        key=key,
        title=clean(record.title),
        subtitle=clean(record.subtitle),
        authors=role_keys(record.authors),
        first_publish_date=clean(record.first_publish_date),
        description=_long(record.description),
        subjects=_cleaned(record.subjects),
        covers=_images(record.covers),
        series=_cleaned(record.series),
    )


def author(key: str, stored: bytes) -> Author:
    """The author in a stored value."""
    record = _author(stored)
    return Author(
        key=key,
        name=clean(record.name) or clean(record.personal_name),
        alternate_names=_cleaned(record.alternate_names),
        birth_date=clean(record.birth_date),
        death_date=clean(record.death_date),
        bio=_long(record.bio),
        photos=_images(record.photos),
        remote_ids={scheme: clean(each) for scheme, each in record.remote_ids.items() if each},
    )


def _cleaned(texts: list[str]) -> tuple[str, ...]:
    return tuple([text for each in texts if (text := clean(each))]) if texts else ()


def _long(text: str | LongText) -> str:
    return clean(text if isinstance(text, str) else text.value)


def _images(numbers: list[int | None]) -> tuple[int, ...]:
    return tuple([each for each in numbers if each is not None and 0 < each < MAX_IMAGE]) if numbers else ()


def _plausible(pages: int | None) -> int | None:
    return pages if pages is not None and 0 < pages < MAX_PAGES else None


def _isbns(record: EditionRecord) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The valid ones, each in the list where it belongs, in plain digits."""
    ten: dict[str, None] = {}
    thirteen: dict[str, None] = {}
    for text in (*record.isbn_10, *record.isbn_13):
        found = isbn.canonical(text)
        if found is None:
            continue
        short = isbn.to_10(found)
        if short is not None and sum(map(str.isalnum, text)) <= isbn.LENGTH_10:
            ten[short] = None
        else:
            thirteen[found] = None
    return tuple(ten), tuple(thirteen)
