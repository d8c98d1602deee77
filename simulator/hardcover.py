"""The simulated Hardcover: two questions of its GraphQL API, with its limits, codes and errors.

Formats: https://docs.hardcover.app/api/getting-started/.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence

from simulator.answers import Answer, Clock, Json, answer
from simulator.books import documents, edition_rows, standard_books
from simulator.calls import Call, Calls
from simulator.faults import Fault, Faults
from simulator.graphql import QueryError, Selection, project, top_level
from simulator.limits import FREE, Limiter, Policy
from simulator.searching import search

PATH = "/v1/graphql"
TOKEN = "simulated"  # noqa: S105 - guards invented data
ROWS = 100  #: in one page, and values in one ``_in``
FIELDS = 5  #: top-level ones in one request
DEPTH = 3
RESULTS = 25  #: of one search


class Hardcover:
    """Answers calls; every one is counted and kept, refused ones too."""

    def __init__(
        self,
        clock: Clock,
        faults: Faults,
        *,
        books: Sequence[Json] | None = None,
        policies: tuple[Policy, ...] = FREE,
        token: str = TOKEN,
    ) -> None:
        books = standard_books() if books is None else books
        self.faults = faults
        self.calls = Calls()
        self._editions, self._documents = edition_rows(books), documents(books)
        self._limiter = Limiter(policies)
        self._token = token
        self._clock = clock
        self._lock = threading.Lock()

    def answer(self, headers: Mapping[str, str], content: bytes) -> Answer:
        """The reply to one ``POST``; ``headers`` have names in lower case."""
        now = self._clock()
        asked = _asked(content)
        with self._lock:
            reply = self._gate(now, headers, asked) or self._reply(asked)
            limits = self._limiter.headers(now)
        self.calls.add(
            Call(now, asked.operation, reply.status, asked.cost, asked.size, headers.get("user-agent", ""))
        )
        return Answer(reply.status, reply.body, {**limits, **reply.headers}, reply.hang)

    def _gate(self, now: float, headers: Mapping[str, str], asked: _Asked) -> Answer | None:
        """Whatever keeps a call from being answered: its token, the limits, its form, a fault."""
        if not headers.get("authorization"):
            return answer(400, {"error": "invalid_request", "error_description": "No Authorization header"})
        if headers["authorization"] != f"Bearer {self._token}":
            return answer(401, {"error": "invalid_token", "error_description": "The token is not valid"})
        over = self._limiter.take(now, asked.cost)
        if over is not None:
            return self._too_many(now, over, self._limiter.reset(over, now))
        if asked.error is not None:
            return answer(400, {"error": "invalid_query", "error_description": asked.error})
        if len(asked.fields) > FIELDS or [field.name for field in asked.fields].count("search") > 1:
            return answer(403, {"errors": ["top_level_limit_exceeded"]})
        fault = self.faults.strike(asked.size)
        return self._failed(now, fault, asked) if fault else None

    def _reply(self, asked: _Asked) -> Answer:
        try:
            data = {field.alias: self._resolve(field, asked.variables) for field in asked.fields}
        except QueryError as error:
            return answer(200, _errors(error.message, error.code))
        return answer(200, {"data": data})

    def _resolve(self, field: Selection, variables: Json) -> object:
        if field.depth > DEPTH:
            raise QueryError("query depth limit exceeded", "depth-limit-exceeded")
        if field.name == "editions":
            return self._edition_rows(field, variables)
        if field.name == "search":
            return self._search(field, variables)
        raise QueryError(f"field '{field.name}' not found in type: 'query_root'")

    def _edition_rows(self, field: Selection, variables: Json) -> list[Json]:
        wanted, limit = field.argument("_in", variables), field.argument("limit", variables)
        if not isinstance(wanted, list):
            raise QueryError("expected a list", "parse-failed")
        if len(wanted) > ROWS:
            raise QueryError(f"too many values in _in: at most {ROWS}", "row-limit-exceeded")
        rows = [row for isbn in dict.fromkeys(wanted) for row in self._editions.get(isbn, ())]
        return [
            project(row, field.fields, "editions")
            for row in rows[: limit if isinstance(limit, int) else ROWS]
        ]

    def _search(self, field: Selection, variables: Json) -> Json:
        query = str(field.argument("query", variables) or "")
        page, size = field.argument("page", variables), field.argument("per_page", variables)
        page, size = page if isinstance(page, int) else 1, size if isinstance(size, int) else RESULTS
        found = search(self._documents, query, page, size)
        ids = [int(hit["document"]["id"]) for hit in found["hits"]]
        said = {
            "error": None,
            "ids": ids,
            "page": page,
            "per_page": size,
            "query": query,
            "query_type": "Book",
        }
        return project({**said, "results": found}, field.fields, "SearchOutput")

    def _too_many(self, now: float, over: Policy, after: int) -> Answer:
        body = {"error": "Too Many Requests", "message": f"The limit {over.name} is used up"}
        return answer(429, body, {**self._limiter.headers(now, over), "Retry-After": str(after)})

    def _failed(self, now: float, fault: Fault, asked: _Asked) -> Answer:
        first, last = self._limiter.policies[0], self._limiter.policies[-1]
        match fault.kind:
            case "rate_limited":
                return self._too_many(now, first, fault.after)
            case "quota_exhausted":
                return self._too_many(now, last, self._limiter.reset(last, now))
            case "hang":
                return Answer(0, hang=True)
            case "drop":
                return Answer(200, b'{"data"', {"Content-Length": "1000"})
            case "broken_json":
                return Answer(200, b'{"data": {"editions": [')
            case "empty_body":
                return Answer(200)
            case "empty_answer":
                empty: object = {"error": None, "results": {"found": 0, "hits": []}}
                return answer(
                    200, {"data": {f.alias: [] if f.name == "editions" else empty for f in asked.fields}}
                )
            case "graphql_error":
                return answer(200, _errors("database query error", "unexpected"))
            case "graphql_timeout":
                return answer(200, _errors("canceling statement due to statement timeout", "postgres-error"))
            case _:
                return _STATUSES[fault.kind]


class _Asked:
    """What stands in the body of a call. ``error`` says why it cannot be read, if so."""

    def __init__(self, fields: tuple[Selection, ...], variables: Json, error: str | None = None) -> None:
        self.fields, self.variables, self.error = fields, variables, error
        self.operation = ",".join(field.name for field in fields)
        self.cost = max(1, len(fields))
        lists = [field.argument("_in", variables) for field in fields]
        self.size = sum(len(values) for values in lists if isinstance(values, list)) or self.cost


def _asked(content: bytes) -> _Asked:
    try:
        body = json.loads(content)
        return _Asked(top_level(body["query"]), body.get("variables") or {})
    except QueryError as error:
        return _Asked((), {}, error.message)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _Asked((), {}, "Malformed request body")


def _errors(message: str, code: str) -> Json:
    return {"errors": [{"message": message, "extensions": {"path": "$", "code": code}}]}


_STATUSES = {
    "forbidden": answer(403, {"error": "Access to this resource is denied"}),
    "insufficient_scope": answer(403, {"error": "insufficient_scope", "scope": "read:books"}),
    "invalid_token": answer(401, {"error": "invalid_token", "error_description": "The token has expired"}),
    "request_timeout": answer(408, {"error": "Request timeout"}),
    "server_error": answer(500, {"error": "An unknown error occurred"}),
    "unavailable": answer(503, {"error": "Service temporarily unavailable"}),
}
