"""What happens, as it happens: over real connections, since a test client waits for an answer's end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from tests.support.sites import Site

EVENTS = "/api/v1/events"


class Stream:
    """A listener."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def next(self) -> tuple[int, list[dict[str, Any]]]:
        """The next message: its id and its events."""
        told: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                told[name] = value
            elif "data" in told:
                assert told["event"] == "events"
                return int(told["id"]), json.loads(told["data"])
        raise AssertionError("the stream has ended")

    def rest(self) -> list[str]:
        """All that still comes until the stream ends."""
        return list(self._lines)


@contextmanager
def listening(url: str, key: str, **headers: str) -> Iterator[Stream]:
    sent = {"Authorization": f"Bearer {key}", **{n.replace("_", "-"): v for n, v in headers.items()}}
    with (
        httpx2.Client(timeout=20, trust_env=False) as client,
        client.stream("GET", url, headers=sent) as answer,
    ):
        assert answer.status_code == 200
        yield Stream(answer)


def test_what_happens_is_told_and_a_lost_connection_goes_on_behind_the_last_message(site: Site) -> None:
    key = site.account("anna")
    app = site.library("anna")
    items = site.stock(app, 3)
    with site.serving() as url:
        with listening(url + EVENTS, key) as stream:
            assert stream.answer.headers["content-type"].startswith("text/event-stream")
            assert stream.answer.headers["cache-control"] == "no-cache"
            assert stream.answer.headers["x-accel-buffering"] == "no"
            app.ledger.create_job("hardcover", {"ids": items[:1]})
            last, (event,) = stream.next()
            assert (event["type"], event["seq"]) == ("job.created", last)
            assert event.keys() == {"seq", "type", "ref", "data", "at"}
            assert event["at"].endswith("Z")
        for item in items[1:]:
            app.ledger.create_job("hardcover", {"ids": [item]})  # nobody listens
        with listening(url + EVENTS, key, Last_Event_ID=str(last)) as stream:
            number, missed = stream.next()
            assert [each["type"] for each in missed] == ["job.created", "job.created"]  # in one message
            assert number == missed[-1]["seq"] > last
        with listening(f"{url}{EVENTS}?after=0", key) as stream:
            assert len(stream.next()[1]) == 4  # the import, too


def test_another_librarys_events_are_not_told(site: Site) -> None:
    hers, his = site.account("anna"), site.account("bruno")
    for name in ("anna", "bruno"):
        app = site.library(name)
        app.ledger.create_job("hardcover", {"ids": site.bring(app, {"Title": name}, name=f"{name}.csv")})
    mine = {event.seq for event in site.library("anna").ledger.events(0)}
    with site.serving() as url:
        with listening(f"{url}{EVENTS}?after=0", hers) as stream:
            assert {event["seq"] for event in stream.next()[1]} == mine
        with listening(f"{url}{EVENTS}?after=0", his) as stream:
            assert mine.isdisjoint(event["seq"] for event in stream.next()[1])


def test_a_listener_who_takes_nothing_holds_nobody_up(lone: Site) -> None:
    key = lone.account("anna")
    app = lone.library("anna")
    (item,) = lone.stock(app, 1)
    with (
        lone.serving() as url,
        listening(f"{url}{EVENTS}?after=0", key),
        listening(url + EVENTS, key) as quick,
    ):
        for _ in range(3):
            app.ledger.create_job("hardcover", {"ids": [item]}, force=True)
        assert quick.next()[1][0]["type"] == "job.created"


def test_streams_end_when_the_server_stops(lone: Site) -> None:
    key = lone.account("anna")
    with lone.serving() as url, listening(url + EVENTS, key) as stream:
        lone.stop.set()
        assert not [line for line in stream.rest() if line.startswith("data")]


def test_a_listener_whose_key_is_revoked_is_told_nothing_more(lone: Site) -> None:
    key = lone.account("anna")
    app = lone.library("anna")
    items = lone.stock(app, 1)
    with lone.serving() as url, listening(url + EVENTS, key) as stream:
        lone.app.access.revoke_key(lone.app.access.keys()[0].id)
        app.ledger.create_job("hardcover", {"ids": items})
        assert not [line for line in stream.rest() if line.startswith("data")]


@pytest.mark.parametrize("after", ["-1", "x", str(2**53)])
def test_a_place_that_is_none_is_refused(lone: Site, after: str) -> None:
    client = lone.client(lone.account("anna"))
    assert client.get(EVENTS, params={"after": after}).status_code == 422
    assert client.get(EVENTS, headers={"Last-Event-ID": after}).status_code == 422
