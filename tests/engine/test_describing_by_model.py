"""Descriptions by a language model over days: what is paid for is kept, and what may not be asked any more waits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.loopback import Reply, Seen, serving
from tests.support.songs import NOW, Bag, app_over, states, track

from completist.app import App, Wish
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import ProcessPermits
from completist.store.database import Database

TRACKS = 10
DAY = 86_400_000


@dataclass
class Days:
    """A clock that a test moves."""

    at: int = NOW

    def now(self) -> int:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += int(seconds * 1000) + 1


def answer(seen: Seen) -> Reply:
    said = f"A voice of its own, told of once: {json.loads(seen.body)['messages'][-1]['content'][:40]}"
    body = {"choices": [{"message": {"content": said}}]}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def opened(database: Database, folder: Path, url: str, days: Days, tokens: int) -> Iterator[App]:
    app = app_over(database, folder, embedder=Bag(), llm=f"{url}/v1#small", llm_tokens=tokens)
    app.now = days.now
    door = Door(lambda: Client(ProcessPermits(days.now), days.now, local=["127.0.0.1"], sleep=days.sleep))
    app.semantic.door = lambda: door
    app.adding.add_tracks([track(n) for n in range(TRACKS)], days.now())
    yield app
    app.semantic.close()
    door.close()


def described(app: App) -> Counter[str]:
    """How many descriptions are whose."""
    return Counter(
        view.values["description"].source for view in app.items("track") if "description" in view.values
    )


def test_each_day_describes_as_many_as_it_may_and_none_is_lost_or_asked_twice(
    database: Database, tmp_path: Path
) -> None:
    days = Days()
    with serving(answer) as server, opened(database, tmp_path, server.url, days, 700) as app:
        counts = []
        for _ in range(TRACKS):
            app.fill(Wish(kind="track"))
            counts.append(described(app)["llm"])
            if counts[-1] == TRACKS:
                break
            assert {state for _, state in states(app, "track-describe")} == {"filled", "waiting"}
            days.at += DAY
        assert counts == [2, 4, 6, 8, 10]
        assert len(server.seen) == TRACKS
    assert {state for _, state in states(app, "track-describe")} == {"filled"}


def test_a_key_that_is_refused_keeps_tracks_waiting_and_fails_none(
    database: Database, tmp_path: Path
) -> None:
    days = Days()
    with (
        serving(lambda _seen: (401, {}, b"{}")) as server,
        opened(database, tmp_path, server.url, days, 100_000) as app,
    ):
        for _ in range(7):
            app.fill(Wish(kind="track"))
            days.at += 3_600_000
        assert {state for _, state in states(app, "track-describe")} == {"waiting"}
        assert not app.browsing.failures()


def test_a_model_that_is_down_for_days_fails_none(database: Database, tmp_path: Path) -> None:
    days = Days()
    with opened(database, tmp_path, "http://127.0.0.1:9", days, 100_000) as app:
        for _ in range(7):
            app.fill(Wish(kind="track"))
            days.at += DAY
        assert {state for _, state in states(app, "track-describe")} == {"waiting"}
