"""MARC: a bibliographic record as numbered fields with lettered parts, and its XML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from completist.simulator.world.records import Person

#: Articles by language: what a title is not sorted by.
_ARTICLES = {
    "de": ("Der", "Die", "Das", "Ein", "Eine"),
    "en": ("The", "A", "An"),
    "fr": ("Le", "La", "Les", "Un", "Une"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its tag, its two indicators and its parts in order."""

    tag: str
    indicators: str
    parts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its leader, its control fields, its fields."""

    leader: str
    control: Sequence[tuple[str, str]]
    fields: Sequence[Field]


def xml(record: Record, *, prefix: str, head: str) -> str:
    """A record as MARCXML; ``head`` holds the attributes of its first element."""
    parts = [f"<{prefix}record {head}><{prefix}leader>{escape(record.leader)}</{prefix}leader>"]
    for tag, text in record.control:
        parts.append(f'<{prefix}controlfield tag="{tag}">{escape(text)}</{prefix}controlfield>')
    for field in record.fields:
        first, second = quoteattr(field.indicators[0]), quoteattr(field.indicators[1])
        parts.append(f'<{prefix}datafield tag="{field.tag}" ind1={first} ind2={second}>')
        for code, text in field.parts:
            parts.append(f'<{prefix}subfield code="{code}">{escape(text)}</{prefix}subfield>')
        parts.append(f"</{prefix}datafield>")
    return "".join([*parts, f"</{prefix}record>"])


def field(tag: str, indicators: str, *parts: tuple[str, str | None]) -> list[Field]:
    """A field with those of its parts that say anything; none when none does."""
    said = [(code, text) for code, text in parts if text]
    return [Field(tag, indicators, said)] if said else []


def filed(person: Person) -> tuple[str, str]:
    """A name as it is filed: the last word, and those before it."""
    first, _, last = person.name.rpartition(" ")
    return last, first


def lifetime(person: Person) -> str:
    """The years of a life: ``1775-1817``."""
    if not person.born:
        return ""
    return "-".join(_year(text) for text in (person.born, person.died))


def article(title: str, language: str) -> int:
    """How many characters at the beginning of a title are an article, with the blank behind it."""
    first = title.partition(" ")[0]
    return len(first) + 1 if first in _ARTICLES.get(language, ()) else 0


def _year(text: str) -> str:
    return f"{int(text[1:5]) + 1} v. Chr." if text.startswith("-") else text[:4]
