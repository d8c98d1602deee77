"""All providers at one place in the own network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tests.support.clocks import Clock
from tests.support.loopback import Reply as Sent
from tests.support.loopback import Seen, Server, serving

from completist.domain.budget import Budget, Rate
from completist.domain.errors import BadInput
from completist.domain.run import Outcome
from completist.net.client import Client
from completist.net.mirror import mirror_at
from completist.net.permits import ProcessPermits
from completist.sdk.provider import Provider, Refused, Reply, Request

HOSTS = frozenset({"atlas.example", "pictures.atlas.example"})
ATLAS = Provider("atlas", HOSTS, Budget(Rate(1, 100)))


def send(at: str, request: Request, *, local: frozenset[str] = frozenset()) -> Reply:
    async def run() -> Reply:
        clock = Clock()
        async with Client(ProcessPermits(clock), clock, at=at, local=local, sleep=clock.sleep) as client:
            return await client.to(ATLAS).send(request)

    return asyncio.run(run())


def moved(to: str, status: int = 302) -> Callable[[Seen], Sent]:
    """Everything is at ``/new`` of whatever place ``to`` begins with."""

    def reply(seen: Seen) -> Sent:
        if seen.path.endswith("/new"):
            return 200, {}, b'"here"'
        return status, {"Location": to.format(own=server_of(seen))}, b""

    return reply


def server_of(seen: Seen) -> str:
    return f"http://{seen.headers['host']}"


def test_a_request_goes_there_as_it_would_have_gone_to_its_host() -> None:
    with serving(lambda _: (200, {}, b'"here"')) as mirror:
        request = Request(
            "POST", "https://atlas.example/a%20b", {"q": "ü&c"}, {"Authorization": "Bearer key"}, {"d": 1}
        )
        assert send(mirror.url, request).body == "here"
    (seen,) = mirror.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/atlas.example/a%20b?q=%C3%BC%26c", b'{"d":1}')
    assert seen.headers["authorization"] == "Bearer key"
    assert f"http://{seen.headers['host']}" == mirror.url
    assert "completist/" in seen.headers["user-agent"]


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("/new", "/atlas.example/new"),
        ("new", "/atlas.example/deep/new"),
        ("https://pictures.atlas.example/new", "/pictures.atlas.example/new"),
        ("{own}/pictures.atlas.example/new", "/pictures.atlas.example/new"),
    ],
    ids=["relative", "beside it", "by its true host", "by the mirror's own"],
)
def test_a_redirect_is_followed_there(to: str, path: str) -> None:
    with serving(moved(to)) as mirror:
        assert send(mirror.url, Request("GET", "https://atlas.example/deep/old")).body == "here"
    assert [seen.path for seen in mirror.seen] == ["/atlas.example/deep/old", path]


@pytest.mark.parametrize(
    "to", ["https://evil.example/new", "{own}/evil.example/new", "{own}/user@atlas.example/new", "{own}/"]
)
def test_a_redirect_is_judged_as_without_a_mirror(to: str) -> None:
    with serving(moved(to)) as mirror, pytest.raises(Refused) as refused:
        send(mirror.url, Request("GET", "https://atlas.example/old"))
    assert (refused.value.outcome, refused.value.code) == (Outcome.BLOCKED, "host_not_allowed")
    assert len(mirror.seen) == 1


def test_a_key_does_not_follow_to_another_host_there_either() -> None:
    with serving(moved("https://pictures.atlas.example/new")) as mirror:
        send(mirror.url, Request("GET", "https://atlas.example/old", headers={"Authorization": "key"}))
    assert ["authorization" in seen.headers for seen in mirror.seen] == [True, False]


@pytest.mark.parametrize("url", ["https://evil.example/", "http://atlas.example/", "http://127.0.0.1/"])
def test_only_the_provider_s_hosts_are_called_there(url: str) -> None:
    with serving(lambda _: (200, {}, b"1")) as mirror, pytest.raises(Refused) as refused:
        send(mirror.url, Request("GET", url))
    assert refused.value.outcome is Outcome.BLOCKED
    assert mirror.seen == []


def test_the_operator_s_own_hosts_are_called_as_they_are() -> None:
    with serving(lambda _: (200, {}, b'"own"')) as own, serving(lambda _: (200, {}, b'"mirror"')) as mirror:
        body = _at_home(own, mirror)
    assert (body, mirror.seen) == ("own", [])


def _at_home(own: Server, mirror: Server) -> object:
    async def run() -> Reply:
        clock = Clock()
        home = Provider("home", frozenset({"127.0.0.1"}), Budget(Rate(1, 100)))
        async with Client(ProcessPermits(clock), clock, at=mirror.url, local=["127.0.0.1"]) as client:
            return await client.to(home).send(Request("GET", own.url))

    return asyncio.run(run()).body


@pytest.mark.parametrize(
    "at",
    [
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/",
        "http://localhost:8000",
        "http://[::1]:8000",
        "http://10.1.2.3:8000",
        "http://172.16.0.1",
        "http://192.168.1.1:80",
        "http://[fd00::1]:1",
    ],
)
def test_a_mirror_may_be_on_this_machine_or_in_a_private_network(at: str) -> None:
    mirror_at(at)


@pytest.mark.parametrize(
    "at",
    [
        "http://example.org",
        "http://8.8.8.8:8000",
        "http://169.254.169.254",
        "http://0.0.0.0:8000",
        "http://172.32.0.1",
        "http://[fe80::1]:1",
        "http://127.1:8000",
        "http://2130706433/",
        "https://127.0.0.1:8000",
        "http://user:pass@127.0.0.1:8000",
        "http://127.0.0.1:8000/path",
        "http://127.0.0.1:8000?q",
        "127.0.0.1:8000",
        "nowhere",
        "http://127.0.0.1:99999999",
    ],
)
def test_a_mirror_anywhere_else_is_refused(at: str) -> None:
    clock = Clock()
    with pytest.raises(BadInput, match="this machine or in a private network"):
        Client(ProcessPermits(clock), clock, at=at)
