"""GraphQL over HTTP: one question, its one answer, and what the errors beside or instead of it mean.

Errors come with status 200, as objects (https://spec.graphql.org/October2021/#sec-Errors) or as bare codes. An
answer with errors beside it is none: what is missing from it was not said to be unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.sdk.provider import Http, Refused, Request

TOO_MUCH = "graphql_too_much"  #: the code of a refusal that a smaller question may not meet

#: By what stands in an error's code or message, first fit first. The codes with hyphens are Hasura's.
_MEANINGS = (
    (r"rate-limit|too many requests|throttl", Outcome.RATE_LIMITED, "graphql_rate"),
    (
        r"jwt|invalid[ _-]token|unauthori[sz]ed|access-denied|insufficient_scope",
        Outcome.INVALID_KEY,
        "graphql_key",
    ),
    (r"time-limit|time(?:d)?[ -_]?out|statement timeout", Outcome.TRANSIENT, TOO_MUCH),
    (r"(?:node|row)-limit|too (?:large|many|big)|complexity|at most", Outcome.BAD_RESPONSE, TOO_MUCH),
    (
        r"depth|top_level|validation-failed|not found in type|parse-failed",
        Outcome.BAD_RESPONSE,
        "graphql_query",
    ),
)
_OK = 200


async def ask(
    http: Http, endpoint: str, token: str, query: str, variables: Mapping[str, Data], field: str
) -> Data:
    """What the one top-level field of a query came to; never None.

    Raises:
        Refused: There is no answer, only part of one, or none in the shape of GraphQL.
    """
    body: Data = {"query": query.strip(), "variables": dict(variables)}
    reply = await http.send(Request("POST", endpoint, headers={"Authorization": bearer(token)}, json=body))
    if reply.status != _OK:
        raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
    if not isinstance(reply.body, dict):
        raise Refused(Outcome.BAD_RESPONSE, code="graphql_shape")
    if errors := reply.body.get("errors"):
        raise _refusal(errors)
    data = reply.body.get("data")
    answer = data.get(field) if isinstance(data, dict) else None
    if answer is None:
        raise Refused(Outcome.BAD_RESPONSE, code="graphql_shape")
    return answer


def bearer(token: str) -> str:
    """The header's value for a token given with or without the word Bearer.

    Raises:
        Refused: invalid key, when this cannot be a token at all.
    """
    token = re.sub(r"(?i)^\s*bearer\b", "", token).strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Refused(Outcome.INVALID_KEY, code="no_key")
    return f"Bearer {token}"


def _refusal(errors: Data) -> Refused:
    said = " ".join(_words(error) for error in (errors if isinstance(errors, list) else [errors])).casefold()
    for pattern, outcome, code in _MEANINGS:
        if re.search(pattern, said):
            return Refused(outcome, code=code)
    return Refused(Outcome.TRANSIENT, code="graphql_error")


def _words(error: Data) -> str:
    if not isinstance(error, dict):
        return str(error)
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return f"{code} {error.get('message')}"
