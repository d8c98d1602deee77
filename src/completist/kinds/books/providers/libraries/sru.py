"""SRU (https://www.loc.gov/standards/sru/): a search in a library's catalogue, and the MARC records that it found.

What goes wrong comes with status 200, as a diagnostic (https://www.loc.gov/standards/sru/diagnostics/). Records in
MARC 21 (``MARC21-xml``) and UNIMARC (``unimarcxchange``) have the same elements, and become the same JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.sdk.provider import Http, Record, Refused, Request
from completist.sdk.texts import shortened

_SPACE = "}"  #: between namespace and name, as expat gives them
_OK = 200
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_DIAGNOSTIC = re.compile(r"info:/{0,2}srw/diagnostics?/1/(\d{1,3})", re.ASCII)
#: System error, unavailable, and "first record position out of range", which catalogues under load say at random.
_PASSING = frozenset({1, 2, 61})
#: What CQL takes for more than a word, in a phrase too.
_NO_WORD = re.compile(r'["\\*?^\x00-\x1f\x7f]+')
_LONGEST = 300  #: characters of a phrase; no title needs more to be found


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a catalogue is searched, and in which form it gives its records."""

    url: str
    version: str
    schema: str


@dataclass(frozen=True, slots=True)
class Page:
    """The first records of a search, and how many there are in all."""

    total: int
    records: tuple[Record, ...]


async def search(http: Http, endpoint: Endpoint, query: str, most: int) -> Page:
    """The records that a CQL query finds, at most so many.

    Raises:
        Refused: There is no answer.
    """
    params = {
        "version": endpoint.version,
        "operation": "searchRetrieve",
        "query": query,
        "recordSchema": endpoint.schema,
        "maximumRecords": str(most),
    }
    reply = await http.send(Request("GET", endpoint.url, params, text=True))
    if reply.status != _OK or not isinstance(reply.body, str):
        raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
    return read(reply.body)


def phrase(text: str) -> str:
    """A text as one phrase of CQL, whatever it holds."""
    return f'"{shortened(" ".join(_NO_WORD.sub(" ", text).split()), _LONGEST)}"'


def read(text: str) -> Page:
    """What a response says.

    Each record is an object with ``id``, ``leader``, ``control`` (tag, text) and ``data`` (tag, two indicators, and
    the subfields as code and text).

    Raises:
        Refused: It is a diagnostic, or no response of a search at all.
    """
    reader = _Reader()
    reader.feed(text)
    if reader.diagnostic is not None:
        raise _refusal(reader.diagnostic)
    total = reader.total.strip()
    if not _NUMBER.fullmatch(total):
        raise Refused(Outcome.BAD_RESPONSE, code="sru_shape")
    if int(total) and not reader.records:
        raise Refused(Outcome.TRANSIENT, code="sru_no_records")
    return Page(int(total), tuple(reader.records))


def _refusal(uri: str) -> Refused:
    found = _DIAGNOSTIC.fullmatch(uri.strip())
    number = int(found[1]) if found else 0
    return Refused(Outcome.TRANSIENT if number in _PASSING else Outcome.BAD_RESPONSE, code=f"sru_{number}")


@dataclass(slots=True)
class _Reader:
    """Collects records and diagnostics. A document type is refused: it serves to blow up memory, and none has one."""

    total: str = ""
    diagnostic: str | None = None  #: the URI of the first one
    records: list[Record] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _control: list[Data] = field(default_factory=list)
    _data: list[Data] = field(default_factory=list)
    _subfields: list[Data] = field(default_factory=list)
    _attributes: Mapping[str, str] = field(default_factory=dict)

    def feed(self, text: str) -> None:
        parser = expat.ParserCreate(namespace_separator=_SPACE)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        try:
            parser.Parse(text, True)  # noqa: FBT003 - expat takes it by position
        except (expat.ExpatError, ValueError):  # the latter from halves of characters
            self._refuse()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(_SPACE)[2]
        self._path.append(local)
        self._text.clear()
        if local == "diagnostic" and self.diagnostic is None:
            self.diagnostic = ""
        elif self._path[-2:] == ["recordData", "record"]:
            self.records.append({"id": attributes.get("id", ""), "leader": ""})
            self._control, self._data = [], []
        elif local in ("controlfield", "datafield", "subfield"):
            self._attributes = attributes
            if local == "datafield":
                self._subfields = []
                indicators: list[Data] = [attributes.get("ind1", " "), attributes.get("ind2", " ")]
                self._data.append([attributes.get("tag", ""), *indicators, self._subfields])

    def _end(self, name: str) -> None:
        local, text = name.rpartition(_SPACE)[2], "".join(self._text)
        self._path.pop()
        self._text.clear()
        if "recordData" in self._path:
            self._end_in_record(local, text)
        elif local == "numberOfRecords":
            self.total = text
        if local == "uri" and "diagnostic" in self._path:
            self.diagnostic = self.diagnostic or text

    def _end_in_record(self, local: str, text: str) -> None:
        if local == "subfield":
            self._subfields.append([self._attributes.get("code", ""), text])
        elif local == "controlfield":
            self._control.append([self._attributes.get("tag", ""), text])
        elif local == "leader" and self.records:
            self.records[-1]["leader"] = text
        elif local == "record" and self._path[-1] == "recordData":
            self.records[-1].update({"control": self._control, "data": self._data})

    def _refuse(self, *_declaration: object) -> NoReturn:
        raise Refused(Outcome.BAD_RESPONSE, code="broken_xml")
