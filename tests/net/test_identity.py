from __future__ import annotations

from dataclasses import replace

import pytest

from completist.domain.budget import Budget, Rate
from completist.net.identity import identity, key_digest
from completist.sdk.provider import Provider, Request

ATLAS = Provider("atlas", frozenset({"atlas.example"}), Budget(Rate(1_000)))
ASKED = Request(
    "POST",
    "https://atlas.example/",
    {"a": "1", "b": "2"},
    {"X-Api-Key": "k", "Accept": "*/*"},
    {"c": [1], "d": 2},
)


def test_the_order_in_which_something_is_said_makes_no_other_request() -> None:
    turned = replace(
        ASKED,
        params={"b": "2", "a": "1"},
        headers={"accept": "*/*", "x-api-key": "k"},
        json={"d": 2, "c": [1]},
    )
    assert identity(ATLAS, turned) == identity(ATLAS, ASKED)


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, method="GET"),
        replace(ASKED, url="https://atlas.example/other"),
        replace(ASKED, params={"a": "1"}),
        replace(ASKED, headers={"X-Api-Key": "another", "Accept": "*/*"}),
        replace(ASKED, json={"c": [1], "d": 3}),
        replace(ASKED, form={"e": "f"}),
        replace(ASKED, text=True),
        replace(ASKED, binary=True),
    ],
    ids=["method", "address", "parameters", "key", "question", "form", "text", "bytes"],
)
def test_whatever_may_change_the_reply_makes_another_request(other: Request) -> None:
    assert identity(ATLAS, other) != identity(ATLAS, ASKED)


def test_the_same_question_to_another_provider_is_another_one() -> None:
    assert identity(replace(ATLAS, name="almanac"), ASKED) != identity(ATLAS, ASKED)


@pytest.mark.parametrize(
    ("headers", "params"),
    [
        ({"Authorization": "Bearer one"}, {}),
        ({"X-API-Key": "one"}, {}),
        ({"x-goog-api-key": "one"}, {}),
        ({"X-Auth-Token": "one"}, {}),
        ({}, {"key": "one"}),
        ({}, {"api_key": "one"}),
        ({}, {"access_token": "one"}),
    ],
)
def test_a_key_is_told_from_another_wherever_it_stands(
    headers: dict[str, str], params: dict[str, str]
) -> None:
    one = key_digest(ATLAS, Request("GET", "https://atlas.example/", params, headers))
    headers, params = (
        {name: value.replace("one", "two") for name, value in each.items()} for each in (headers, params)
    )
    two = key_digest(ATLAS, Request("GET", "https://atlas.example/", params, headers))
    assert one
    assert one != two
    assert "one" not in one


def test_a_question_alone_is_no_key() -> None:
    plain = Request("GET", "https://atlas.example/", {"q": "turkey"}, {"Accept": "*/*"})
    assert key_digest(ATLAS, plain) == ""
