from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.support.clocks import Clock
from tests.support.loopback import Reply as Sent
from tests.support.loopback import Seen, Server, serving

from completist import __version__
from completist.domain.budget import Budget, Quota, Rate
from completist.domain.errors import BadInput
from completist.domain.run import Outcome
from completist.net.client import Client, user_agent
from completist.net.permits import ProcessPermits
from completist.net.sending import BEYOND, LARGEST, Patience
from completist.sdk.provider import Provider, Refused, Reply, Request

LOCAL = "127.0.0.1"
KEY = "secretkeyofmine"
ATLAS = Provider("atlas", frozenset({LOCAL}), Budget(Rate(1_000, 5), Quota(1_000)))


def sent(status: int = 200, body: object = None, **headers: str) -> Sent:
    return (
        status,
        {name.replace("_", "-"): value for name, value in headers.items()},
        json.dumps(body).encode(),
    )


def always(reply: Sent) -> Callable[[Seen], Sent]:
    return lambda _: reply


def send(
    *requests: Request,
    clock: Clock | None = None,
    provider: Provider = ATLAS,
    local: frozenset[str] = frozenset({LOCAL}),
    patience: Patience | None = None,
) -> list[Reply | Refused]:
    """What each of these requests comes to, one after the other, through one client."""

    async def all_of_them() -> list[Reply | Refused]:
        told: list[Reply | Refused] = []
        time = clock or Clock()
        async with Client(
            ProcessPermits(time),
            time,
            contact="me@example.org",
            local=local,
            sleep=time.sleep,
            patience=patience,
        ) as client:
            http = client.to(provider)
            for request in requests:
                try:
                    told.append(await http.send(request))
                except Refused as refused:
                    told.append(refused)
        return told

    return asyncio.run(all_of_them())


def refused(*requests: Request, clock: Clock | None = None, **how: Provider | frozenset[str]) -> Refused:
    (came,) = send(*requests, clock=clock, **how)  # type: ignore[arg-type]
    assert isinstance(came, Refused)
    return came


def get(server: Server, path: str = "/", **headers: str) -> Request:
    return Request("GET", server.url + path, headers=headers)


# --- answers ---------------------------------------------------------------------------------------------------


def test_a_request_arrives_as_it_was_meant_and_its_answer_is_read() -> None:
    with serving(always(sent(200, {"title": "Emma"}, X_Kind="book"))) as server:
        request = Request(
            "POST", server.url + "/ask", {"q": "a b&c"}, {"Authorization": f"Bearer {KEY}"}, {"isbns": ["1"]}
        )
        (reply,) = send(request)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body, reply.headers["x-kind"]) == (200, {"title": "Emma"}, "book")
    (seen,) = server.seen
    assert (seen.method, seen.path, json.loads(seen.body)) == ("POST", "/ask?q=a+b%26c", {"isbns": ["1"]})
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert (
        seen.headers["user-agent"]
        == f"completist/{__version__} (+https://completist.example; me@example.org)"
    )


def test_text_that_was_asked_for_is_left_as_it_is() -> None:
    with serving(always((200, {}, "<b>ä</b>".encode()))) as server:
        (reply,) = send(replace(get(server), text=True))
    assert isinstance(reply, Reply)
    assert reply.body == "<b>ä</b>"


@pytest.mark.parametrize(
    ("status", "content", "body"), [(404, b'{"error": "no"}', {"error": "no"}), (400, b"Hm", "Hm")]
)
def test_a_refusal_of_one_request_is_left_to_its_adapter(status: int, content: bytes, body: object) -> None:
    with serving(always((status, {}, content))) as server:
        (reply,) = send(get(server))
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (status, body)


# --- what is no answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [
        (sent(401, {"error": "invalid_token"}), Outcome.INVALID_KEY, "invalid_token"),
        (sent(401, None), Outcome.INVALID_KEY, "http_401"),
        (sent(403, {"error": "Go away"}), Outcome.BLOCKED, "http_403"),
        (sent(403, {"errors": ["top_level_limit_exceeded"]}), Outcome.BLOCKED, "top_level_limit_exceeded"),
        (sent(403, {"error": "insufficient_scope"}), Outcome.INVALID_KEY, "insufficient_scope"),
        (sent(408, None), Outcome.TRANSIENT, "http_408"),
        (sent(413, None), Outcome.BAD_RESPONSE, "http_413"),
        (sent(500, None), Outcome.TRANSIENT, "http_500"),
        ((503, {}, b"<html>upstream</html>"), Outcome.TRANSIENT, "http_503"),
        ((200, {}, b'{"a": '), Outcome.BAD_RESPONSE, "broken_json"),
        ((200, {}, b"<html>maintenance</html>"), Outcome.BAD_RESPONSE, "broken_json"),
        ((200, {}, b"[" * 100_000), Outcome.BAD_RESPONSE, "broken_json"),
        ((200, {}, b" \n"), Outcome.BAD_RESPONSE, "empty_body"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), Outcome.BAD_RESPONSE, "broken_encoding"),
        ((200, {"Content-Length": "100", "Connection": "close"}, b"{}"), Outcome.TRANSIENT, "no_connection"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_way_not_to_answer_has_its_outcome(reply: Sent, outcome: Outcome, code: str) -> None:
    status, headers, content = reply
    with serving(always((status, {"Connection": "close", **headers}, content))) as server:
        came = refused(get(server))
    assert (came.outcome, came.code) == (outcome, code)
    assert came.retryable is (outcome is Outcome.TRANSIENT)


def test_nobody_at_the_other_end_is_a_passing_trouble() -> None:
    with socket.socket() as taken:
        taken.bind((LOCAL, 0))  # bound but not listening: nobody else can begin to
        came = refused(Request("GET", f"http://{LOCAL}:{taken.getsockname()[1]}/"))
    assert (came.outcome, came.code) == (Outcome.TRANSIENT, "no_connection")


@pytest.mark.parametrize(
    "patience", [Patience(answer=0.05), Patience(whole=0.05)], ids=["silence", "too long"]
)
def test_an_answer_that_does_not_come_is_a_passing_trouble(patience: Patience) -> None:
    with socket.create_server((LOCAL, 0)) as silent:
        (came,) = send(Request("GET", f"http://{LOCAL}:{silent.getsockname()[1]}/"), patience=patience)
    assert isinstance(came, Refused)
    assert (came.outcome, came.code) == (Outcome.TRANSIENT, "timeout")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_an_answer_beyond_all_measure_is_not_read_to_its_end(packed: bool) -> None:  # noqa: FBT001 - parametrised
    content = b" " * (LARGEST + 1)
    reply = (200, {"Content-Encoding": "gzip"}, gzip.compress(content)) if packed else (200, {}, content)
    with serving(always(reply)) as server:
        came = refused(get(server))
    assert (came.outcome, came.code) == (Outcome.BAD_RESPONSE, "too_large")


@pytest.mark.parametrize(
    ("largest", "sent_", "fits"),
    [(100, 100, True), (100, 101, False), (LARGEST + 10, LARGEST + 5, True), (10**12, BEYOND + 1, False)],
    ids=["as much as allowed", "one more", "more than usual", "more than anybody may ask for"],
)
def test_a_request_says_how_large_its_answer_may_be(largest: int, sent_: int, *, fits: bool) -> None:
    with serving(always((200, {}, b" " * (sent_ - 1) + b"1"))) as server:
        (came,) = send(replace(get(server), largest=largest))
    assert isinstance(came, Reply if fits else Refused)


PICTURE = b"\x89PNG\r\n\x00\xff\xfe"


def test_bytes_that_were_asked_for_are_left_as_they_are() -> None:
    with serving(always((200, {"Content-Type": "image/png"}, PICTURE))) as server:
        (came,) = send(replace(get(server), binary=True))
    assert isinstance(came, Reply)
    assert (came.content, came.body, came.headers["content-type"]) == (PICTURE, None, "image/png")
    assert server.seen[0].headers["accept"] == "*/*"


def test_where_there_are_no_bytes_the_adapter_is_told_why() -> None:
    with serving(always(sent(404, {"error": "gone"}))) as server:
        (came,) = send(replace(get(server), binary=True))
    assert isinstance(came, Reply)
    assert (came.status, came.content, came.body) == (404, b"", {"error": "gone"})


# --- where it may go -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/",
        "https://api.example.org.evil.example/",
        "https://api.example.org@evil.example/",
        "https://key@api.example.org/",
        "http://api.example.org/",
        "ftp://api.example.org/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://127.1/",
        "https://api.example.org:99999999/",
        "https://",
        "no address",
    ],
)
def test_only_the_provider_s_hosts_are_called_and_none_in_the_clear(url: str) -> None:
    hosts = frozenset({"api.example.org", "10.0.0.1", "::1", "2130706433", "127.1"})
    came = refused(Request("GET", url), provider=replace(ATLAS, hosts=hosts))
    assert came.outcome is Outcome.BLOCKED
    assert came.code in ("host_not_allowed", "scheme_not_allowed")


def test_a_name_that_leads_into_the_own_network_is_left_before_a_byte_is_sent() -> None:
    with socket.create_server((LOCAL, 0)) as inner:
        url = f"https://localhost:{inner.getsockname()[1]}/"
        came = refused(Request("GET", url), provider=replace(ATLAS, hosts=frozenset({"localhost"})))
        assert (came.outcome, came.code) == (Outcome.BLOCKED, "private_address")
        connection, _ = inner.accept()
        with connection:
            assert connection.recv(100) == b""


def test_the_loopback_address_has_to_be_allowed_by_the_operator() -> None:
    with serving(always(sent())) as server:
        came = refused(get(server), local=frozenset())
    assert (came.code, server.seen) == ("host_not_allowed", [])


def test_the_environment_leads_no_call_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(always(sent(200, {}))) as server:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
        (reply,) = send(get(server))
    assert isinstance(reply, Reply)


# --- redirects -------------------------------------------------------------------------------------------------


def test_a_redirect_within_the_provider_s_hosts_is_followed_with_the_key() -> None:
    def reply(seen: Seen) -> Sent:
        return sent(200, "here") if seen.path == "/new" else sent(308, None, Location="/new")

    with serving(reply) as server:
        (came,) = send(Request("POST", server.url + "/old", headers={"Authorization": KEY}, json={"a": 1}))
    assert isinstance(came, Reply)
    assert came.body == "here"
    assert [(seen.method, json.loads(seen.body), seen.headers["authorization"]) for seen in server.seen] == [
        ("POST", {"a": 1}, KEY)
    ] * 2


def test_a_key_does_not_follow_to_another_host() -> None:
    with serving(always(sent(200, "there"))) as other:

        def reply(_: Seen) -> Sent:
            return sent(302, None, Location=other.url + "/")

        with serving(reply) as server:
            send(get(server, Authorization=KEY, Cookie="a=b"))
    (seen,) = other.seen
    assert not {"authorization", "cookie"} & set(seen.headers)
    assert "me@example.org" in seen.headers["user-agent"]


@pytest.mark.parametrize(
    ("location", "outcome", "code"),
    [
        ("https://evil.example/", Outcome.BLOCKED, "host_not_allowed"),
        ("http://169.254.169.254/latest/meta-data", Outcome.BLOCKED, "host_not_allowed"),
        ("file:///etc/passwd", Outcome.BLOCKED, "host_not_allowed"),
        ("/again", Outcome.BAD_RESPONSE, "too_many_redirects"),
    ],
)
def test_a_redirect_is_judged_like_a_request(location: str, outcome: Outcome, code: str) -> None:
    with serving(always(sent(302, None, Location=location))) as server:
        came = refused(get(server))
    assert (came.outcome, came.code) == (outcome, code)
    assert len(server.seen) <= 4


def test_a_question_is_not_turned_into_another_one_by_a_redirect() -> None:
    with serving(always(sent(302, None, Location="/elsewhere"))) as server:
        came = refused(Request("POST", server.url, json={}))
    assert (came.outcome, came.code, len(server.seen)) == (Outcome.BAD_RESPONSE, "redirected", 1)


# --- limits ----------------------------------------------------------------------------------------------------


def test_calls_are_paced_by_the_budget() -> None:
    clock = Clock()
    with serving(always(sent(200, {}))) as server:
        send(*[get(server)] * 7, clock=clock)
    assert clock.slept == [1.0, 1.0]


def test_a_redirect_is_paced_like_any_call() -> None:
    clock = Clock()
    with serving(always(sent(302, None, Location="/again"))) as server:
        send(get(server), get(server), clock=clock)
    assert len(server.seen) == 8
    assert clock.slept == [1.0] * 3


def replies_in_turn(*replies: Sent) -> Callable[[Seen], Sent]:
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry_After": "7"}, [7.0]),
        ({"Retry_After": "Wed, 18 Nov 2026 11:07:10 GMT"}, [30.0]),
        ({"RateLimit": '"Free";r=0;t=12'}, [12.0]),
        ({"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "20"}, [20.0]),
        ({}, [30.0]),
        ({"Retry_After": "0"}, []),
    ],
    ids=["seconds", "a date", "the standard", "the older way", "not said", "at once"],
)
def test_a_rest_that_is_asked_for_is_waited_out_and_the_call_made_again(
    headers: dict[str, str], waits: list[float]
) -> None:
    clock = Clock()
    with serving(replies_in_turn(sent(429, None, **headers), sent(200, "well"))) as server:
        (reply,) = send(get(server), clock=clock)
    assert isinstance(reply, Reply)
    assert (reply.body, clock.slept) == ("well", waits)


def test_a_rest_beyond_patience_is_handed_to_the_caller_and_kept_to() -> None:
    clock = Clock()
    with serving(always(sent(429, None, Retry_After="600"))) as server:
        first, second = send(get(server), get(server), clock=clock)
    for came in (first, second):
        assert isinstance(came, Refused)
        assert (came.outcome, came.after) == (Outcome.RATE_LIMITED, 600.0)
    assert (len(server.seen), clock.slept) == (1, [])


def test_a_provider_that_is_never_content_is_not_asked_for_ever() -> None:
    clock = Clock()
    with serving(always(sent(429, None, Retry_After="1"))) as server:
        came = refused(get(server), clock=clock)
    assert (came.outcome, came.after, len(server.seen)) == (Outcome.RATE_LIMITED, 1.0, 3)


def test_a_day_s_quota_that_is_used_up_is_no_mere_rest() -> None:
    told = {
        "RateLimit_Policy": '"Free";q=60;w=60, "daily";q=5000;w=86400',
        "RateLimit": '"Free";r=9;t=1, "daily";r=0;t=4000',
    }
    with serving(always(sent(429, None, **told))) as server:
        first, second = send(get(server), get(server))
    assert isinstance(first, Refused)
    assert isinstance(second, Refused)
    assert (first.outcome, first.after) == (Outcome.QUOTA_EXHAUSTED, 4000.0)
    assert (second.outcome, second.code, len(server.seen)) == (Outcome.QUOTA_EXHAUSTED, "budget", 1)


def test_a_day_s_quota_is_back_no_sooner_than_it_says_whatever_the_wait() -> None:
    told = {"RateLimit": '"daily";r=0;t=4000', "Retry_After": "9"}
    with serving(always(sent(429, None, **told))) as server:
        came = refused(get(server))
    assert (came.outcome, came.after) == (Outcome.QUOTA_EXHAUSTED, 4000.0)


def test_our_own_quota_stops_before_the_provider_has_to() -> None:
    frugal = replace(ATLAS, budget=Budget(Rate(1, 9), Quota(2)))
    with serving(always(sent(200, {}))) as server:
        *_, last = send(*[get(server)] * 3, provider=frugal)
    assert isinstance(last, Refused)
    assert (last.outcome, len(server.seen)) == (Outcome.QUOTA_EXHAUSTED, 2)
    assert last.after
    assert 0 < last.after <= 86_400


def test_what_others_have_used_of_the_same_key_is_learnt_from_each_answer() -> None:
    clock = Clock()
    told = {"RateLimit_Policy": '"Free";q=60;w=60', "RateLimit": '"Free";r=0;t=42'}
    with serving(replies_in_turn(sent(200, {}, **told), sent(200, {}))) as server:
        send(get(server), get(server), clock=clock)
    assert clock.slept == [42.0]


def test_two_at_once_share_the_budget() -> None:
    clock = Clock()

    async def both(server: Server) -> None:
        async with Client(ProcessPermits(clock), clock, local=[LOCAL], sleep=clock.sleep) as client:
            await asyncio.gather(*(client.to(ATLAS).send(get(server, f"/{n}")) for n in range(8)))

    with serving(always(sent(200, {}))) as server:
        asyncio.run(both(server))
    assert len(server.seen) == 8
    assert clock.now - Clock().now >= 3_000


# --- secrets ---------------------------------------------------------------------------------------------------


def test_no_key_is_seen_in_logs_reprs_or_errors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(always(sent(403, {"error": f"bad key {KEY}", "code": KEY}))) as server:
        request = Request("POST", server.url, {"key": KEY}, {"Authorization": KEY}, {"key": KEY})
        came = refused(request)
    assert KEY not in f"{request!r} {came!r} {came} {came.code} {came.hint} {vars(came)} {caplog.text}"


@pytest.mark.parametrize("contact", ["a\r\nX-Evil: 1", "ä@example.org", "a)b", " "])
def test_a_contact_that_no_header_may_hold_is_refused(contact: str) -> None:
    with pytest.raises(BadInput):
        user_agent(contact)


def test_without_a_contact_the_agent_names_the_project_alone() -> None:
    assert user_agent() == f"completist/{__version__} (+https://completist.example)"
