"""OPF: the metadata of one e-book, as calibre keeps it beside each book and as it stands in an EPUB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from completist.domain.errors import BadInput
from completist.domain.fields import Data
from completist.kinds.books.languages import language
from completist.kinds.books.sources.calibre import date, people, position, stars, take_identifiers
from completist.kinds.books.sources.cells import number, said, single_spaced
from completist.kinds.books.sources.drafts import Draft, Keys
from completist.kinds.books.sources.prose import plain_text
from completist.sdk.files import byte_chunks, decode_head
from completist.sdk.source import Entry, Head, Refusal, Skipped

_ROOT = re.compile(r"<(?:\w+:)?package\b[^>]*(?:idpf\.org/2007/opf|openebook\.org/namespaces)")
_LONGEST_TEXT = 4 * 1024 * 1024  #: characters of one element
_MOST_ELEMENTS = 100_000
_SPACE = "}"  #: between namespace and name, as expat gives them
_URN = re.compile(r"(?:urn:)?([a-zA-Z][\w-]*):(.+)", re.DOTALL)


@dataclass(slots=True)
class _Element:
    name: str  #: without namespace
    attributes: dict[str, str]
    line: int
    text: str = ""
    refined: dict[str, str] = field(
        default_factory=dict
    )  #: by property: what other elements say about this one


class Opf:
    """OPF metadata of one book (OPF 2 and 3). The key is calibre's uuid, else an identifier of the book."""

    name = "calibre"
    format = "opf"
    label = "OPF metadata of a book"
    kind = "book"

    def refuse(self, head: Head) -> str | None:
        """The root element is an OPF package."""
        start = decode_head(head)
        if _ROOT.search(start):
            return None
        return Refusal("no OPF package", 0.3 if start.lstrip().startswith("<?xml") else 0)

    def check(self, path: Path) -> int:
        """See `Source.check`."""
        _parse(path)
        return 1

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """See `Source.read`."""
        draft = _draft(_parse(path))
        own = draft.values.get("calibre")
        key = str(own[0]) if isinstance(own, list) else Keys().of(draft.values)
        yield draft.nameless() or draft.entry(key)


def _draft(elements: list[_Element]) -> Draft:
    draft = Draft(elements[0].line if elements else 1)
    texts = {name: [e for e in elements if e.name == name] for name in {e.name for e in elements}}
    metas = _metas(elements)
    authors, others = _people(texts.get("creator", []), texts.get("contributor", []))
    series, index = _series(elements, metas)
    draft.values = {
        "title": said(_first(texts, "title")),
        "authors": authors,
        "contributors": others,
        "publisher": single_spaced(_first(texts, "publisher")),
        "published": date(_first(texts, "date")) or None,
        "language": language(_first(texts, "language")) or single_spaced(_first(texts, "language")),
        "description": plain_text(_first(texts, "description")),
        "shelves": _distinct(e.text for e in texts.get("subject", [])),
        "series": single_spaced(series),
        "series_position": position(index) if series else None,
        "rating": stars(number(metas.get("calibre:rating", "")) or 0),
        "date_added": date(metas.get("calibre:timestamp", "")) or None,
        "calibre": None,
    }
    _identify(draft, texts.get("identifier", []))
    return draft


def _metas(elements: list[_Element]) -> dict[str, str]:
    """What ``<meta name= content=>`` (OPF 2) and ``<meta property=>`` (OPF 3) say of the whole book; first wins."""
    found: dict[str, str] = {}
    for each in elements:
        if each.name == "meta" and "refines" not in each.attributes:
            name = each.attributes.get("name") or each.attributes.get("property")
            if name:
                found.setdefault(name, each.attributes.get("content", each.text).strip())
    return found


def _series(elements: list[_Element], metas: dict[str, str]) -> tuple[str, str]:
    if "calibre:series" in metas:
        return metas["calibre:series"], metas.get("calibre:series_index", "")
    for each in elements:
        is_collection = each.attributes.get("property") == "belongs-to-collection"
        if is_collection and each.refined.get("collection-type", "series") == "series":
            return each.text.strip(), each.refined.get("group-position", "")
    return "", ""


def _people(
    creators: list[_Element], contributors: list[_Element]
) -> tuple[list[Data] | None, list[Data] | None]:
    """Authors and other contributors by their MARC role; the program that made the file (``bkp``) is nobody."""
    authors = [each.text for each in creators if _role(each) in ("aut", "")] or [
        each.text for each in creators
    ]
    others = [each.text for each in creators if each.text not in authors]
    others += [each.text for each in contributors if _role(each) != "bkp"]
    return list(people(authors)) or None, list(people(others)) or None


def _role(person: _Element) -> str:
    return person.refined.get("role") or person.attributes.get("role") or ""


def _identify(draft: Draft, elements: list[_Element]) -> None:
    """Identifiers with their type in an attribute (OPF 2) or before a colon (OPF 3, URN)."""
    pairs = []
    for each in elements:
        text = each.text.strip()
        kind = each.attributes.get("scheme", "")
        if not kind and (found := _URN.fullmatch(text)):
            kind, text = found[1], found[2]
        if kind.lower() == "uuid" and not draft.values["calibre"]:
            draft.values["calibre"] = [text.lower().removeprefix("urn:uuid:")]
        elif kind.lower() not in ("uuid", "calibre"):
            pairs.append((kind or "isbn", text))
    take_identifiers(draft, [(kind, text) for kind, text in pairs if kind != "isbn" or text[:1].isdigit()])


def _first(texts: dict[str, list[_Element]], name: str) -> str:
    return next((e.text for e in texts.get(name, []) if e.text.strip()), "")


def _distinct(texts: Iterator[str]) -> list[Data] | None:
    return list(dict.fromkeys(filter(None, map(single_spaced, texts)))) or None


def _parse(path: Path) -> list[_Element]:
    """The elements inside ``<metadata>``, in order; the whole file must be well-formed."""
    reader = _Reader(path.name)
    with closing(byte_chunks(path)) as chunks:
        for chunk in chunks:
            reader.feed(chunk)
    reader.feed(b"", final=True)
    by_id = {f"#{each.attributes['id']}": each for each in reader.elements if "id" in each.attributes}
    for each in reader.elements:
        refined = by_id.get(each.attributes.get("refines", ""))
        if refined is not None:
            refined.refined[each.attributes.get("property", "")] = each.text.strip()
    return reader.elements


class _Reader:
    """Collects the metadata. Entities are refused: they serve to read other files and to blow up memory."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parser = expat.ParserCreate(namespace_separator=_SPACE)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._entity
        self._open: _Element | None = None
        self._inside = False
        self.elements: list[_Element] = []

    def feed(self, data: bytes, *, final: bool = False) -> None:
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            self._fail(error.lineno, expat.ErrorString(error.code) or "not well-formed")
        except (LookupError, ValueError):  # from the codecs, about the encoding that the file declares
            self._fail(1, "unknown encoding")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(_SPACE)[2]
        if local == "metadata":
            self._inside = True
        elif self._inside and local not in ("dc-metadata", "x-metadata"):
            plain = {key.rpartition(_SPACE)[2]: value for key, value in attributes.items()}
            self._open = _Element(local, plain, self._parser.CurrentLineNumber)
            self.elements.append(self._open)
            if len(self.elements) > _MOST_ELEMENTS:
                self._fail(self._parser.CurrentLineNumber, "too many elements")

    def _end(self, name: str) -> None:
        self._open = None
        if name.rpartition(_SPACE)[2] == "metadata":
            self._inside = False

    def _characters(self, data: str) -> None:
        if self._open is not None:
            self._open.text += data
            if len(self._open.text) > _LONGEST_TEXT:
                self._fail(self._open.line, "an element that is too long")

    def _entity(self, *_declaration: object) -> None:
        self._fail(self._parser.CurrentLineNumber, "entity declarations are not accepted")

    def _fail(self, line: int, reason: str) -> NoReturn:
        raise BadInput(f"{self._name}, line {line}: the OPF file cannot be read: {reason}.")
