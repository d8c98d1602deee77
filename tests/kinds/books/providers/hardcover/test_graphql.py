from __future__ import annotations

import asyncio

import pytest

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.kinds.books.providers.hardcover.graphql import ask
from completist.sdk.provider import Refused, Reply, Request

ENDPOINT = "https://api.example.org/graphql"


class Answering:
    """An `Http` that gives one reply to everything."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.asked.append(request)
        return self.reply


def came(body: Data, status: int = 200) -> Data | Refused:
    try:
        return asyncio.run(ask(Answering(Reply(status, {}, body)), ENDPOINT, "t", "{ books }", {}, "books"))
    except Refused as refused:
        return refused


def test_the_answer_is_that_of_the_field() -> None:
    http = Answering(Reply(200, {}, {"data": {"books": []}}))
    assert asyncio.run(ask(http, ENDPOINT, "t", "\n{ books }\n", {"a": 1}, "books")) == []
    (request,) = http.asked
    assert (request.method, request.url, request.cost) == ("POST", ENDPOINT, 1)
    assert request.json == {"query": "{ books }", "variables": {"a": 1}}
    assert request.headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("errors", "outcome", "code"),
    [
        (
            [{"message": "x", "extensions": {"code": "rate-limit-exceeded"}}],
            Outcome.RATE_LIMITED,
            "graphql_rate",
        ),
        (["Throttled"], Outcome.RATE_LIMITED, "graphql_rate"),
        ([{"message": "m", "extensions": {"code": "invalid-jwt"}}], Outcome.INVALID_KEY, "graphql_key"),
        (["insufficient_scope"], Outcome.INVALID_KEY, "graphql_key"),
        (
            [{"message": "m", "extensions": {"code": "time-limit-exceeded"}}],
            Outcome.TRANSIENT,
            "graphql_too_much",
        ),
        ([{"message": "query timed out"}], Outcome.TRANSIENT, "graphql_too_much"),
        ([{"message": "list too large"}], Outcome.BAD_RESPONSE, "graphql_too_much"),
        (["top_level_limit_exceeded"], Outcome.BAD_RESPONSE, "graphql_query"),
        (
            [{"message": "No token", "extensions": {"code": "parse-failed"}}],
            Outcome.BAD_RESPONSE,
            "graphql_query",
        ),
        ([{"message": "database query error"}], Outcome.TRANSIENT, "graphql_error"),
        ("odd", Outcome.TRANSIENT, "graphql_error"),
        ([None, {"extensions": 5}], Outcome.TRANSIENT, "graphql_error"),
    ],
)
def test_each_error_has_its_outcome_even_beside_an_answer(errors: Data, outcome: Outcome, code: str) -> None:
    refused = came({"data": {"books": []}, "errors": errors})
    assert isinstance(refused, Refused)
    assert (refused.outcome, refused.code) == (outcome, code)


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"data": None}, {"data": {"books": None}}, {"data": []}]
)
def test_what_is_no_answer_of_graphql_is_a_bad_response(body: Data) -> None:
    refused = came(body)
    assert isinstance(refused, Refused)
    assert (refused.outcome, refused.code) == (Outcome.BAD_RESPONSE, "graphql_shape")


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_question_that_was_turned_down_is_a_bad_response(status: int) -> None:
    refused = came({"data": {"books": []}}, status)
    assert isinstance(refused, Refused)
    assert (refused.outcome, refused.code) == (Outcome.BAD_RESPONSE, f"http_{status}")
