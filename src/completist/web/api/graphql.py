"""GraphQL: the same two verbs for programs that speak it, and a look at what became of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import Field, JsonValue

from completist.web.access import AsMember
from completist.web.api.shapes import Fields, Name, Sent, failing

if TYPE_CHECKING:
    import strawberry

router = APIRouter(tags=["graphql"])


class Operation(Sent):
    """A query as GraphQL over HTTP has it: https://graphql.github.io/graphql-over-http/draft/."""

    query: str = Field(min_length=1, max_length=20_000)
    variables: Fields | None = None
    operationName: Name | None = None  # noqa: N815 - the name that the specification gives it


@router.post("/graphql", responses=failing(body=True))
def graphql(visit: AsMember, sent: Operation) -> dict[str, JsonValue]:
    """``addTrackToLibrary``, ``addAlbumToLibrary``, and the query ``search``."""
    said = schema().execute_sync(
        sent.query, variable_values=sent.variables, operation_name=sent.operationName, context_value=visit
    )
    answer: dict[str, Any] = {"data": said.data}
    if said.errors:
        answer["errors"] = [{"message": each.message, "path": each.path} for each in said.errors]
    return answer


@cache
def schema() -> strawberry.Schema:
    """The types and verbs. Made when it is first needed: the library takes a while to load."""
    from completist.web.api.graphql_schema import make  # noqa: PLC0415 - see above

    return make()
