"""The simulated Hardcover: three questions of its GraphQL API, with its limits, codes and errors.

Formats: https://docs.hardcover.app/api/getting-started/.
"""

from __future__ import annotations

import json

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.limits import FREE, Limiter, Policy
from completist.simulator.pace import Pace
from completist.simulator.provider import KEY, Asked, Open, Refusal
from completist.simulator.providers.graphql import QueryError, Selection, project, top_level
from completist.simulator.providers.hardcover_rows import ASSETS, book_row, document, edition_row
from completist.simulator.providers.pictures import picture_of
from completist.simulator.providers.typesense import ENOUGH, search
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

HOST, PATH = "api.hardcover.app", "/v1/graphql"
ROWS = 500  #: in one page at most, whatever is asked for; what it really is, is not documented
VALUES = 200  #: in one ``_in``; nor is that
FIELDS = 5  #: top-level ones in one request
DEPTH = 3
RESULTS = 25  #: of one search


class Hardcover(Open):
    """Answers the queries ``editions``, ``books`` and ``search``."""

    name = "hardcover"
    hosts = (HOST, ASSETS)

    def __init__(self, policies: tuple[Policy, ...] = FREE, token: str = KEY) -> None:
        self.policies = policies
        self._token = token

    def read(self, request: Request) -> Asked:
        """What stands in the body of a call; ``error`` in its place says why it cannot be read."""
        if request.host == ASSETS:
            return Asked("picture", group="pictures", cost=0)
        if request.path != PATH:
            return Asked("")
        query = _read(request.content)
        keyed = bool(request.headers.get("authorization"))
        return Asked(query.operation, query.size, query.cost, keyed=keyed, said=query)

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """A call needs the right token."""
        if asked.operation in ("", "picture") and asked.said is None:
            return None
        if not asked.keyed:
            return answer(400, {"error": "invalid_request", "error_description": "No Authorization header"})
        if request.headers["authorization"] != f"Bearer {self._token}":
            return answer(401, {"error": "invalid_token", "error_description": "The token is not valid"})
        return None

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """The data, or the errors with which a query is refused."""
        if request.host == ASSETS:
            return picture_of(request.path)
        if asked.said is None or request.method != "POST":
            return answer(404, {"error": "Not Found"})
        query: _Query = asked.said
        if query.error is not None:
            return answer(400, {"error": "invalid_query", "error_description": query.error})
        if len(query.fields) > FIELDS or [field.name for field in query.fields].count("search") > 1:
            return answer(403, {"errors": ["top_level_limit_exceeded"]})
        try:
            data = {field.alias: _resolve(field, query.variables, view) for field in query.fields}
        except QueryError as error:
            return answer(200, _errors(error.message, error.code))
        return answer(200, {"data": data})

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in Hardcover's words."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                name = why.policy.name if why.policy else "Free"
                body = {"error": "Too Many Requests", "message": f"The limit {name} is used up"}
                return answer(429, body, {"Retry-After": str(why.after)})
            case "graphql_timeout":
                return answer(200, _errors("canceling statement due to statement timeout", "postgres-error"))
            case "graphql_error" | "http_200_error":
                return answer(200, _errors("database query error", "unexpected"))
            case _:
                return _STATUSES[why.kind]

    def announce(self, limiter: Limiter, pace: Pace, over: Policy | None) -> dict[str, str]:
        """Every reply says how all limits stand."""
        return limiter.headers(pace.now(), over, pace.told, pace.callers_now())


def _resolve(field: Selection, variables: Json, view: View) -> object:
    if field.depth > DEPTH:
        raise QueryError("query depth limit exceeded", "depth-limit-exceeded")
    if field.name == "editions":
        return _edition_rows(field, variables, view)
    if field.name == "books":
        return _book_rows(field, variables, view)
    if field.name == "search":
        return _search(field, variables, view)
    raise QueryError(f"field '{field.name}' not found in type: 'query_root'")


def _edition_rows(field: Selection, variables: Json, view: View) -> list[Json]:
    rows = [
        edition_row(edition, isbn if isbn in edition.isbns else edition.isbn)
        for isbn in _wanted(field, variables)
        for edition in view.by_isbn(isbn)
    ]
    return [project(row, field.fields, "editions") for row in rows[: _most(field, variables)]]


def _book_rows(field: Selection, variables: Json, view: View) -> list[Json]:
    """Books with one of these titles, to the letter; those that most people have first."""
    works = {
        work.number: work
        for title in _wanted(field, variables)
        for work in view.search(Wanted(title=title))
        if work.title == title and work.merged_into is None
    }
    best = sorted(works.values(), key=lambda work: (-work.popularity, work.number))
    offset = field.argument("offset", variables)
    start = offset if isinstance(offset, int) else 0
    page = best[start : start + _most(field, variables)]
    return [project(book_row(each), field.fields, "books") for each in page]


def _wanted(field: Selection, variables: Json) -> list[str]:
    """The values that a row may have, each once."""
    wanted = field.argument("_in", variables)
    if not isinstance(wanted, list):
        raise QueryError("expected a list", "parse-failed")
    if len(wanted) > VALUES:
        raise QueryError(f"too many values in _in: at most {VALUES}", "row-limit-exceeded")
    return [*dict.fromkeys(map(str, wanted))]


def _most(field: Selection, variables: Json) -> int:
    limit = field.argument("limit", variables)
    return min(limit, ROWS) if isinstance(limit, int) else ROWS


def _search(field: Selection, variables: Json, view: View) -> Json:
    query = str(field.argument("query", variables) or "")
    page, size = field.argument("page", variables), field.argument("per_page", variables)
    page, size = page if isinstance(page, int) else 1, size if isinstance(size, int) else RESULTS
    # What was merged into another book is found as that.
    works = [each for each in view.search(Wanted(query, enough=ENOUGH)) if each.merged_into is None]
    found = search([document(each, view.editions_of(each)) for each in works], query, page, size)
    said = {
        "error": None,
        "ids": [int(hit["document"]["id"]) for hit in found["hits"]],
        "page": page,
        "per_page": size,
        "query": query,
        "query_type": "Book",
    }
    return project({**said, "results": found}, field.fields, "SearchOutput")


class _Query:
    """What stands in the body of a call. ``error`` says why it cannot be read, if so."""

    def __init__(self, fields: tuple[Selection, ...], variables: Json, error: str | None = None) -> None:
        self.fields, self.variables, self.error = fields, variables, error
        self.operation = ",".join(field.name for field in fields)
        self.cost = max(1, len(fields))
        lists = [field.argument("_in", variables) for field in fields]
        self.size = sum(len(values) for values in lists if isinstance(values, list)) or self.cost


def _read(content: bytes) -> _Query:
    try:
        body = json.loads(content)
        return _Query(top_level(body["query"]), body.get("variables") or {})
    except QueryError as error:
        return _Query((), {}, error.message)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _Query((), {}, "Malformed request body")


def _errors(message: str, code: str) -> Json:
    return {"errors": [{"message": message, "extensions": {"path": "$", "code": code}}]}


_REVOKED = answer(401, {"error": "invalid_token", "error_description": "The token has expired"})
_STATUSES = {
    "forbidden": answer(403, {"error": "Access to this resource is denied"}),
    "insufficient_scope": answer(403, {"error": "insufficient_scope", "scope": "read:books"}),
    "invalid_token": _REVOKED,
    "key_revoked": _REVOKED,
    "request_timeout": answer(408, {"error": "Request timeout"}),
    "server_error": answer(500, {"error": "An unknown error occurred"}),
    "unavailable": answer(503, {"error": "Service temporarily unavailable"}),
}
