"""SRU: a search in a library's catalogue over HTTP, and its answers in XML.

Facts: what goes wrong comes with status 200, as a diagnostic (https://www.loc.gov/standards/sru/diagnostics/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from completist.simulator.answers import XML, Answer, Request
from completist.simulator.providers import cql
from completist.simulator.providers.cql import Clause, Joined, Node
from completist.simulator.world.isbns import isbn13
from completist.simulator.world.records import Edition
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

_USUAL, _MOST = 10, 100  #: records of a page
_SRW = "http://www.loc.gov/zing/srw/"

#: The diagnostics that are used here.
GENERAL, VERSION, MISSING, SYNTAX, INDEX, RANGE, SCHEMA = 1, 5, 7, 10, 16, 61, 66
_MESSAGES = {
    GENERAL: "General system error",
    VERSION: "Unsupported version",
    MISSING: "Mandatory parameter not supplied",
    SYNTAX: "Query syntax error",
    INDEX: "Unsupported index",
    RANGE: "First record position out of range",
    SCHEMA: "Unknown schema for retrieval",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one library speaks it.

    ``indexes`` say what each index is about: ``isbn``, ``title``, ``author``, ``any``, or nothing that restricts.
    """

    version: str
    prefix: str  #: of the elements: ``srw:`` or none
    indexes: Mapping[str, str]
    schemas: Mapping[str, Callable[[Edition], str]]
    usual: str  #: schema


class SruError(Exception):
    """A diagnostic."""

    def __init__(self, number: int, details: str = "") -> None:
        super().__init__(number)
        self.number, self.details = number, details


def search(request: Request, dialect: Dialect, view: View) -> Answer:
    """The answer to a call."""
    try:
        return _page(request, dialect, view)
    except SruError as error:
        return diagnostic(dialect, error.number, error.details)


def diagnostic(dialect: Dialect, number: int, details: str = "") -> Answer:
    """An answer that says what went wrong."""
    told = (
        f"<diag:diagnostic><diag:uri>info:srw/diagnostic/1/{number}</diag:uri>"
        f"<diag:details>{escape(details)}</diag:details>"
        f"<diag:message>{_MESSAGES[number]}</diag:message></diag:diagnostic>"
    )
    p = dialect.prefix
    inner = f'<{p}diagnostics xmlns:diag="http://www.loc.gov/zing/srw/diagnostic/">{told}</{p}diagnostics>'
    return _response(dialect, f"<{p}numberOfRecords>0</{p}numberOfRecords>{inner}")


def _page(request: Request, dialect: Dialect, view: View) -> Answer:
    params, p = request.params, dialect.prefix
    if params.get("operation") != "searchRetrieve" or not params.get("query"):
        raise SruError(MISSING, "query" if params.get("operation") else "operation")
    if params.get("version", dialect.version) not in ("1.1", "1.2"):
        raise SruError(VERSION, params["version"])
    schema = params.get("recordSchema") or dialect.usual
    if schema not in dialect.schemas:
        raise SruError(SCHEMA, schema)
    try:
        query = cql.read(params["query"])
    except cql.CqlError as error:
        raise SruError(SYNTAX, str(error)) from None
    found = list({each.number: each for each in _matching(query, dialect, view) or ()}.values())
    start, most = (
        max(1, request.number("startRecord", 1)),
        min(request.number("maximumRecords", _USUAL), _MOST),
    )
    if found and start > len(found):
        raise SruError(RANGE, str(start))
    shown = found[start - 1 : start - 1 + most]
    records = "".join(
        f"<{p}record><{p}recordSchema>{schema}</{p}recordSchema><{p}recordPacking>xml</{p}recordPacking>"
        f"<{p}recordData>{dialect.schemas[schema](each)}</{p}recordData>"
        f"<{p}recordPosition>{at}</{p}recordPosition></{p}record>"
        for at, each in enumerate(shown, start=start)
    )
    inner = f"<{p}numberOfRecords>{len(found)}</{p}numberOfRecords>"
    if records:
        inner += f"<{p}records>{records}</{p}records>"
    if start - 1 + most < len(found):
        inner += f"<{p}nextRecordPosition>{start + most}</{p}nextRecordPosition>"
    echo = f"<{p}version>{dialect.version}</{p}version><{p}query>{escape(params['query'])}</{p}query>"
    inner += f"<{p}echoedSearchRetrieveRequest>{echo}</{p}echoedSearchRetrieveRequest>"
    return _response(dialect, inner)


def _response(dialect: Dialect, inner: str) -> Answer:
    p = dialect.prefix
    space = f'xmlns:{p[:-1]}="{_SRW}"' if p else f'xmlns="{_SRW}"'
    version = f"<{p}version>{dialect.version}</{p}version>"
    name = f"{p}searchRetrieveResponse"
    text = f'<?xml version="1.0" encoding="UTF-8"?><{name} {space}>{version}{inner}</{name}>'
    return Answer(200, text.encode(), kind=XML)


def _matching(node: Node, dialect: Dialect, view: View) -> list[Edition] | None:
    """The editions that fit; None: nothing is asked that would leave any out."""
    if isinstance(node, Joined) and node.boolean == "or":
        return [*(_matching(node.left, dialect, view) or ()), *(_matching(node.right, dialect, view) or ())]
    if isinstance(node, Joined) and node.boolean == "not":
        left, right = _matching(node.left, dialect, view), _matching(node.right, dialect, view) or ()
        gone = {each.number for each in right}
        return [each for each in left or () if each.number not in gone]
    clauses, groups = _together(node)
    sets = [_fitting(clauses, dialect, view), *(_matching(each, dialect, view) for each in groups)]
    restricting = [each for each in sets if each is not None]
    if not restricting:
        return None
    first, *rest = restricting
    numbers = [{each.number for each in other} for other in rest]
    return [each for each in first if all(each.number in other for other in numbers)]


def _together(node: Node) -> tuple[list[Clause], list[Node]]:
    """The clauses that all have to hold, and what else has to."""
    if isinstance(node, Clause):
        return [node], []
    if node.boolean != "and":
        return [], [node]
    left, right = _together(node.left), _together(node.right)
    return [*left[0], *right[0]], [*left[1], *right[1]]


def _fitting(clauses: Iterable[Clause], dialect: Dialect, view: View) -> list[Edition] | None:
    said: dict[str, list[str]] = {}
    for clause in clauses:
        if clause.index not in dialect.indexes:
            raise SruError(INDEX, clause.index)
        said.setdefault(dialect.indexes[clause.index], []).append(clause.term)
    if numbers := said.get("isbn"):
        return _by_number(numbers, view)
    asked = {name: " ".join(said.get(name, ())) for name in ("any", "title", "author")}
    if not any(asked.values()):
        return None
    isbns = _by_number([asked["any"]], view) if asked["any"] else []
    works = view.search(Wanted(asked["any"], asked["title"], asked["author"]))
    return isbns or [edition for work in works for edition in view.editions_of(work)]


def _by_number(terms: Iterable[str], view: View) -> list[Edition]:
    isbns = dict.fromkeys(isbn for term in terms for each in term.split() if (isbn := isbn13(each)))
    return [edition for isbn in isbns for edition in view.by_isbn(isbn)]
