"""Records of MARC 21 and UNIMARC, as `sru.read` gives them: fields, subfields, and what all libraries write alike.

Nothing here raises: what has another form than expected is not there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from completist.domain.fields import Data
from completist.kinds.books.sources.cells import direct
from completist.sdk.jsondata import text
from completist.sdk.provider import Record
from completist.sdk.texts import heading, tidy

#: Around what is not sorted by, such as an article: control characters of ISO 6630, and what stands for them.
_NOT_SORTED = dict.fromkeys([*range(0x80, 0xA0), ord("\u00ac")])
_PAGES = re.compile(r"(\d{1,4})(?:\s?-?\s?\[\d+\])?\s*(?:S\.|S\b|Seiten|p\.|pp\.|p\b|pages)", re.ASCII)
_NUMBER = re.compile(r"(?<![\d.,])(\d{1,3})(?:[.,](\d))?(?![\d.,]*\d)", re.ASCII)
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)", re.ASCII)
_SHORT = 4  #: members of a field: tag, two indicators, subfields


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its tag, its two indicators, and its subfields in order."""

    tag: str
    first: str
    second: str
    subfields: tuple[tuple[str, str], ...]

    def all(self, *codes: str) -> list[str]:
        """The texts of some subfields that say anything, in order."""
        return [said for code, said in self.subfields if code in codes and said]

    def one(self, *codes: str) -> str:
        """The first of them, or nothing."""
        return next(iter(self.all(*codes)), "")


def control(record: Record, tag: str) -> str:
    """The text of a control field."""
    fields = record.get("control")
    told = (each for each in fields if isinstance(each, list)) if isinstance(fields, list) else ()
    return next((text(each[1]).strip() for each in told if len(each) > 1 and each[0] == tag), "")


def fields(record: Record, *tags: str) -> list[Field]:
    """The fields of these tags in the order of the record."""
    return [each for each in all_fields(record) if each.tag in tags]


def said(record: Record, tags: Collection[str], *codes: str) -> list[str]:
    """The texts of some subfields of some fields."""
    return [one for each in fields(record, *tags) for one in each.all(*codes)]


def person(field: Field) -> str:
    """The name of a person as it is spoken, of MARC 21: ``Grass, Günter`` as ``Günter Grass``; with its number."""
    return _spoken(direct(field.one("a").strip(" ,")), field.one("b"))


def unimarc_person(field: Field) -> str:
    """The same of UNIMARC, where the given name has a subfield of its own."""
    return _spoken(field.one("b"), field.one("a").rstrip(","), field.one("d"))


def pages(extents: Iterable[str]) -> int | None:
    """The number of pages of ``412 S.``, ``XIII, 514 Seiten`` or ``1 vol. (203-[5] p.)``."""
    found = next((match for each in extents if (match := _PAGES.search(each))), None)
    return int(found[1]) or None if found else None


def place(statement: str) -> str:
    """The number in ``Band 3``, ``tome 7`` or ``Bd. 2,5``; empty where there is none, or more than one."""
    numbers = _NUMBER.findall(statement)
    if len(numbers) != 1:
        return ""
    whole, part = numbers[0]
    return f"{int(whole)}.{part}" if part and part != "0" else str(int(whole))


def year(statements: Iterable[str]) -> str | None:
    """The one year of ``[2005]``, ``DL 2013`` or ``impr. 2013``; of several in one statement, the first."""
    return next((found[1] for each in statements if (found := _YEAR.search(each))), None)


def _spoken(*parts: str) -> str:
    return heading(" ".join(part for part in parts if part))


def all_fields(record: Record) -> Iterator[Field]:
    """Every field, in the order of the record."""
    data = record.get("data")
    for each in data if isinstance(data, list) else ():
        if isinstance(each, list) and len(each) >= _SHORT:
            tag, first, second = (text(part) for part in each[:3])
            yield Field(tag, first, second, tuple(_subfields(each[3])))


def _subfields(data: Data) -> Iterator[tuple[str, str]]:
    for each in data if isinstance(data, list) else ():
        if isinstance(each, list) and len(each) > 1:
            yield text(each[0]), tidy(text(each[1]).translate(_NOT_SORTED))
