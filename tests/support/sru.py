"""A small library behind SRU: records that a test writes down as librarians do, and what a search says of them."""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from tests.support.scripted import Scripted

from completist.kinds.books.providers.libraries.sru import read
from completist.sdk.provider import Record, Reply, Request

_MARC = ('<record xmlns="http://www.loc.gov/MARC21/slim" type="Bibliographic">', "</record>", "")
_UNIMARC = (
    '<mxc:record xmlns:mxc="info:lc/xmlns/marcxchange-v2" format="UNIMARC" id={} type="Bibliographic">',
    "</mxc:record>",
    "mxc:",
)


def marc(*lines: str) -> str:
    """A record of MARC 21, each line a field: ``001 123``, ``245 10 $a Title $b Subtitle``; ``#`` is a blank."""
    return _record(_MARC, lines)


def unimarc(*lines: str, ark: str = "ark:/12148/cb123456789") -> str:
    """The same of UNIMARC, in the form in which the French library gives it."""
    return _record((_UNIMARC[0].format(quoteattr(ark)), *_UNIMARC[1:]), lines)


def _record(form: tuple[str, str, str], lines: tuple[str, ...]) -> str:
    begin, end, prefix = form
    leader = f"<{prefix}leader>00000nam a2200000 c 4500</{prefix}leader>"
    return begin + leader + "".join(_field(prefix, line) for line in lines) + end


def _field(prefix: str, line: str) -> str:
    tag, _, rest = line.partition(" ")
    if "$" not in rest:
        return f'<{prefix}controlfield tag="{tag}">{escape(rest)}</{prefix}controlfield>'
    signs, *subfields = rest.split("$")
    first, second = tuple(f"{signs.strip().replace('#', ' ')}  ")[:2]
    told = "".join(
        f'<{prefix}subfield code="{each[0]}">{escape(each[1:].strip())}</{prefix}subfield>'
        for each in subfields
    )
    return f'<{prefix}datafield tag="{tag}" ind1="{first}" ind2="{second}">{told}</{prefix}datafield>'


def response(*records: str, total: int | None = None, prefix: str = "") -> str:
    """A response with these records, of so many in all."""
    told = "".join(
        f"<{prefix}record><{prefix}recordSchema>x</{prefix}recordSchema><{prefix}recordPacking>xml</{prefix}recordPacking>"
        f"<{prefix}recordData>{each}</{prefix}recordData><{prefix}recordPosition>1</{prefix}recordPosition></{prefix}record>"
        for each in records
    )
    space = f'xmlns{":" if prefix else ""}{prefix.rstrip(":")}="http://www.loc.gov/zing/srw/"'
    number = len(records) if total is None else total
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}searchRetrieveResponse {space}>'
        f"<{prefix}version>1.1</{prefix}version><{prefix}numberOfRecords>{number}</{prefix}numberOfRecords>"
        f"<{prefix}records>{told}</{prefix}records>"
        f"<{prefix}echoedSearchRetrieveRequest><{prefix}query>x</{prefix}query></{prefix}echoedSearchRetrieveRequest>"
        f"</{prefix}searchRetrieveResponse>"
    )


def diagnostic(number: int) -> str:
    """A response that says what went wrong."""
    return (
        '<searchRetrieveResponse xmlns="http://www.loc.gov/zing/srw/"><version>1.1</version>'
        "<numberOfRecords>0</numberOfRecords>"
        '<diagnostics><diag:diagnostic xmlns:diag="http://www.loc.gov/zing/srw/diagnostic/">'
        f"<diag:uri>info:srw/diagnostic/1/{number}</diag:uri><diag:details>x</diag:details>"
        "<diag:message>went wrong</diag:message></diag:diagnostic></diagnostics></searchRetrieveResponse>"
    )


def parsed(record: str) -> Record:
    """A record as an adapter keeps it."""
    return read(response(record)).records[0]


def answering(answer: Callable[[str], str]) -> Scripted:
    """A library that answers each query with a body."""

    def send(request: Request) -> Reply:
        assert request.text
        assert request.params["operation"] == "searchRetrieve"
        return Reply(200, body=answer(request.params["query"]))

    return Scripted(send)


def holding(*records: tuple[str, str]) -> Scripted:
    """A library that finds a record by an ISBN that stands in the query."""
    return answering(lambda query: response(*(record for isbn, record in records if isbn in query)))


def queries(http: Scripted) -> list[str]:
    return [request.params["query"] for request in http.seen]
