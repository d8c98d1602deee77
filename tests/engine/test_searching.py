"""Searching: words and meaning each rank, and what words say weighs by how much of the query they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.songs import NOW, Bag, app_over

from completist.app import App, Wish
from completist.engine.searching import MEANING, WORDS, is_called, matched, share_of
from completist.sdk.vectors import Narrow
from completist.store import texts
from completist.store.database import Database
from completist.store.texts import Words

OPEN = Narrow()

SONGS = (
    ("Dancing Queen", "ABBA", "A glittering floor on a Friday, bright and glad, for everybody there."),
    ("Killer", "Queen", "A song of poise and gunpowder that laughs at whoever listens to it."),
    ("Queen of Hearts", "Juice Newton", "Cards are dealt and somebody loses once more tonight."),
    ("Riders", "The Doors", "A dark storm with thunder on wet roads, dark and slow and full of rain."),
    ("The Hottest Season", "Nobody", "Numbers and letters one after the other, read aloud by a machine."),
    ("Season of Fear", "Nobody", "Doors, keys, locks and hinges in a quiet catalogue of iron goods."),
)


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    app = app_over(database, tmp_path, embedder=Bag())
    for title, artist, about in SONGS:
        (added,) = app.adding.add_tracks([{"title": title, "artists": [artist]}], NOW).results
        app.set(added.item_id or 0, {"description": about})
    app.fill(Wish(kind="track"))
    yield app
    app.semantic.close()


def titles(app: App, query: str, *by: str) -> list[object]:
    return [hit.view.data["title"] for hit in app.finding.find(query, OPEN, by=by or (WORDS, MEANING)).hits]


def test_what_is_called_so_comes_before_what_only_holds_the_word(app: App) -> None:
    assert titles(app, "Queen", WORDS)[0] == "Killer"
    assert set(titles(app, "queen", WORDS)) == {"Killer", "Dancing Queen", "Queen of Hearts"}
    assert titles(app, "the doors", WORDS)[0] == "Riders"


def test_one_word_by_chance_does_not_go_before_what_is_meant(app: App) -> None:
    """Both hold a word of it, one of them in its title; the other one is what the query describes."""
    query = "a dark storm with thunder and rain in no season"
    assert titles(app, query, WORDS)[0] in {"Riders", "Season of Fear", "The Hottest Season"}
    hits = app.finding.find("thunder storm season of rain", OPEN).hits
    assert hits[0].view.data["title"] == "Riders"
    assert hits[0].ranks[MEANING] == 1
    chance = next(hit for hit in hits if hit.view.data["title"] == "Season of Fear")
    assert WORDS in chance.ranks
    assert chance.score < hits[0].score


def test_without_meaning_the_order_is_that_of_the_words(app: App) -> None:
    alone, fused = (
        titles(app, "hottest season", WORDS),
        app.finding.find("hottest season", OPEN, by=[WORDS]).hits,
    )
    assert alone[0] == "The Hottest Season"
    assert [hit.ranks for hit in fused] == [{WORDS: n} for n in range(1, len(fused) + 1)]


def test_rare_words_tell_more_than_frequent_ones() -> None:
    share = share_of({"love": 900, "zanzibar": 3}, of=1000)
    rare, frequent = share(Words(1, "Zanzibar", "", "")), share(Words(2, "Love", "", ""))
    assert rare > 0.8
    assert frequent < 0.2
    assert share(Words(3, "Lovely", "Zanzibarians", "")) == 1.0  # beginnings of words count
    assert share(Words(4, "Glove", "", "")) == 0.0
    assert share_of({}, of=0)(Words(5, "", "", "")) == 0.0


def test_a_name_is_compared_as_a_whole_without_case_and_accents() -> None:
    said = Words(1, "Halo", "Beyoncé, JAY-Z", "I Am... Sasha Fierce")
    assert is_called("beyonce", said)
    assert is_called("jay z", said)
    assert is_called("HALO", said)
    assert not is_called("beyonce jay-z", said)
    assert not is_called("sasha fierce", said)


def test_it_is_said_where_each_word_stands_first(app: App) -> None:
    (view,) = [view for view in app.items("track") if view.data["title"] == "Riders"]
    assert matched("slow songs by the doors about rain", view) == [
        ("Artists", ("doors",)),
        ("Description", ("slow", "rain")),
    ]
    assert matched("nothing at all", view) == []


def test_words_are_counted_in_the_library_that_is_searched(app: App) -> None:
    with app.database.read() as connection:
        found = texts.count_holding(connection, app.library_id, "track", ["queen", "door", "zzz", "queen"])
        assert found == {"queen": 3, "door": 2, "zzz": 0}
        assert texts.count_holding(connection, app.library_id + 1, "track", ["queen"]) == {"queen": 0}
