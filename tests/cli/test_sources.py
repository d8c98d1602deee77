"""Live sources at the command line: how they stand, their keys, one real call, and what they have said."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Call
from tests.cli.test_jobs import write

from completist.app import App
from completist.app.explaining import result_of
from completist.app.keyring import FILE
from completist.app.sources import Trial
from completist.cli.failures import ACTION, NOT_FOUND, OK, PARTLY, TEMPORARY, USAGE
from completist.cli.sources import at_most, pace
from completist.domain.budget import Rate
from completist.domain.pacing import Due, Needed, needed
from completist.domain.run import Outcome
from completist.settings import load_settings
from completist.simulator import Fault, Faults, Simulator
from completist.store import answers

ISBNDB = "0123456789abcdef-isbndb"


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """The providers on this machine; no key is in the environment."""
    for name in (
        "GOOGLE_BOOKS_KEY",
        "ISBNDB_KEY",
        "ISBNDB_KEY_PLAN",
        "HARDCOVER_TOKEN",
        "COMPLETIST_OFFLINE",
    ):
        monkeypatch.delenv(name, raising=False)
    with Simulator() as simulator:
        monkeypatch.setenv("COMPLETIST_PROVIDERS_AT", simulator.url)
        monkeypatch.setenv("COMPLETIST_CONTACT", "me@example.org")
        yield simulator


@pytest.fixture
def sources(completist: Call, outside: Simulator) -> Call:
    """The command, with the providers on this machine."""
    del outside
    return completist


def one(call: Call, name: str) -> dict[str, Any]:
    listed: list[dict[str, Any]] = call("sources", "--json").json["sources"]
    return next(each for each in listed if each["name"] == name)


# --- how they stand ----------------------------------------------------------------------------------------------


def test_they_are_listed_in_the_order_in_which_they_are_asked(
    sources: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names() -> list[str]:
        return [each["name"] for each in sources("sources", "--json").json["sources"]]

    assert names()[:5] == ["openlibrary", "inventaire", "wikidata", "dnb", "bnf"]
    monkeypatch.setenv("COMPLETIST_PROVIDERS", "dnb, wikidata, -bnf")
    assert names()[:2] == ["dnb", "wikidata"]
    assert one(sources, "bnf")["told"]["text"] == "turned off by you"
    assert one(sources, "dnb")["state"] == "ready"


def test_who_needs_a_key_is_told_with_where_to_get_it(sources: Call) -> None:
    told = one(sources, "isbndb")
    assert (told["state"], told["key"]["shown"]) == ("needs_key", "")
    assert "needs a key: https://isbndb.com/isbn-database" in sources("sources").out


def test_whoever_stays_offline_asks_nobody(sources: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPLETIST_OFFLINE", "yes")
    assert {each["state"] for each in sources("sources", "--json").json["sources"]} == {"offline"}
    assert sources("sources", "test", "dnb").code == ACTION


def test_a_paused_one_says_so_until_it_is_resumed(sources: Call, outside: Simulator) -> None:
    assert "dnb is paused; " in sources("sources", "pause", "dnb").out
    assert sources("sources", "pause", "dnb", "--json").json["changed"] is False
    assert one(sources, "dnb")["state"] == "paused"
    paused = sources("sources", "test", "dnb")
    assert "paused by you" in paused.out
    assert outside.calls.told("dnb")["providers"] == {}
    assert "asked again" in sources("sources", "resume", "dnb").out
    assert "neither paused nor left alone" in sources("sources", "resume", "dnb").out
    assert one(sources, "dnb")["state"] == "ready"


def test_who_rests_or_is_left_alone_is_told_with_the_reason_and_the_time(sources: Call, data: Path) -> None:
    assert sources("sources", "test", "dnb").code == OK
    write(data, "UPDATE budgets SET rests_until = 1e15, rests_for = 'quota_exhausted' WHERE provider = 'dnb'")
    write(data, "UPDATE budgets SET rests_until = called_at + 3600000 WHERE provider = 'dnb'")
    told = one(sources, "dnb")
    assert told["state"] == "rests"
    assert told["told"]["text"].endswith(": it has given all that it gives in a day")
    write(data, "UPDATE budgets SET breaker = 'open', opened_for = 'blocked', until = called_at + 3600000")
    told = one(sources, "dnb")
    assert told["state"] == "breaker"
    assert "it turns us away" in told["told"]["text"]
    assert "COMPLETIST_CONTACT" in told["told"]["fix"]


@pytest.mark.parametrize("verb", ["pause", "resume", "test"])
def test_a_name_of_none_is_not_found(sources: Call, verb: str) -> None:
    told = sources("sources", verb, "nope")
    assert told.code == NOT_FOUND
    assert "openlibrary" in told.err


# --- keys --------------------------------------------------------------------------------------------------------


def test_a_key_is_read_from_standard_input_and_kept_where_nobody_else_reads_it(
    sources: Call, data: Path
) -> None:
    told = sources("sources", "key", "isbndb", "--plan", "premium", stdin=f"{ISBNDB}\n")
    assert told.code == OK
    assert ISBNDB not in told.out + told.err
    assert "…ndb" not in told.out
    assert "(…bndb)" in told.out
    assert stat.S_IMODE((data / FILE).stat().st_mode) == 0o600
    held = one(sources, "isbndb")
    assert (held["state"], held["key"]["plan"], held["quota"]) == ("ready", "premium", 15_000)
    assert ISBNDB not in sources("sources").out + sources("sources", "--json").out + sources("doctor").out


def test_a_forgotten_key_is_gone(sources: Call) -> None:
    sources("sources", "key", "googlebooks", stdin="AIza0123456789abcdef")
    assert one(sources, "googlebooks")["state"] == "ready"
    assert "is forgotten" in sources("sources", "key", "googlebooks", "--forget").out
    assert one(sources, "googlebooks")["state"] == "needs_key"
    assert sources("sources", "key", "googlebooks", "--forget", "--json").json["changed"] is False


def test_a_key_in_the_environment_wins(sources: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    sources("sources", "key", "isbndb", "--plan", "pro", stdin=ISBNDB)
    monkeypatch.setenv("ISBNDB_KEY", "another-key-of-the-environment")
    held = one(sources, "isbndb")["key"]
    assert (held["shown"], held["from_environment"], held["plan"]) == ("…ment", True, "")
    told = sources("sources", "key", "isbndb", "--forget")
    assert "ISBNDB_KEY is set in the environment" in told.err


@pytest.mark.parametrize("text", ["", "two\nlines", "with\ttab", "ключ", "a b c", "x" * 5000])
def test_what_can_be_no_key_is_refused_and_not_repeated(sources: Call, data: Path, text: str) -> None:
    told = sources("sources", "key", "isbndb", stdin=text)
    assert told.code == USAGE
    assert not text or text not in told.err
    assert not (data / FILE).exists()


def test_a_plan_that_there_is_not_is_refused_and_who_needs_no_key_gets_none(sources: Call) -> None:
    told = sources("sources", "key", "isbndb", "--plan", "gold", stdin=ISBNDB)
    assert (told.code, "basic, premium, pro" in told.err) == (USAGE, True)
    assert sources("sources", "key", "dnb", stdin=ISBNDB).code == USAGE


def test_a_file_of_keys_that_is_damaged_says_so_without_its_content(sources: Call, data: Path) -> None:
    (data / FILE).write_text(f"[isbndb\nkey = {ISBNDB}")
    told = sources("sources")
    assert told.code == USAGE
    assert FILE in told.err
    assert ISBNDB not in told.err


# --- one real call -----------------------------------------------------------------------------------------------


def test_every_source_that_may_be_asked_is_tested(sources: Call) -> None:
    told = sources("sources", "test", "--json")
    assert told.code == OK
    done = told.json["tests"]
    music = ["deezer", "musicbrainz", "reccobeats", "lrclib"]
    assert sorted(each["name"] for each in done) == sorted(
        ["openlibrary", "inventaire", "wikidata", "dnb", "bnf", *music]
    )
    assert {each["outcome"] for each in done} == {"found"}
    assert "Open Library answered in" in sources("sources", "test", "openlibrary").out


def test_a_wrong_key_is_told_with_what_to_do(sources: Call) -> None:
    assert sources("sources", "test", "isbndb").code == ACTION
    sources("sources", "key", "isbndb", stdin="wrong-key-0123456789")
    told = sources("sources", "test", "isbndb")
    assert told.code == ACTION
    assert "the key is wrong, or one of another plan" in told.out
    assert "completist sources key isbndb" in told.out
    sources("sources", "key", "isbndb", stdin="simulated")
    assert sources("sources", "test", "isbndb").code == OK


def test_of_several_that_fail_the_exit_code_says_partly(sources: Call, outside: Simulator) -> None:
    outside.switch(Faults((Fault("unavailable", after=600),)), "dnb")
    told = sources("sources", "test")
    assert told.code == PARTLY
    assert "Deutsche Nationalbibliothek has trouble of its own (status 503)" in told.out
    assert sources("sources", "test", "dnb").code == TEMPORARY


@pytest.mark.parametrize(
    ("tested", "said", "fix"),
    [
        (Trial("x", "X", Outcome.BLOCKED, "http_403", 403, 1, contact=False), "operator", "COMPLETIST_CONTACT"),
        (Trial("x", "X", Outcome.BLOCKED, "http_403", 403, 1), "this address", "ask it why"),
        (Trial("x", "X", Outcome.BLOCKED, "http_403", 403, 1, plans=("a", "b")), "another plan", "--plan a|b"),
        (Trial("x", "X", Outcome.INVALID_KEY, "http_401", 401, 1), "(status 401)", "sources key x"),
        (Trial("x", "X", Outcome.INVALID_KEY, "http_401", 401, 1, plans=("a",)), "of another plan", "--plan a"),
        (Trial("x", "X", Outcome.RATE_LIMITED, "http_429", 429, 1, until=7), "until 7 (status 429)", ""),
        (Trial("x", "X", Outcome.QUOTA_EXHAUSTED, "http_429", 429, 1, until=7), "in a day", ""),
        (Trial("x", "X", Outcome.BAD_RESPONSE, "http_400", 400, 1), "the question (status 400)", "typing error"),
        (Trial("x", "X", Outcome.TRANSIENT, "timeout", None, 30), "in time", "later"),
        (Trial("x", "X", Outcome.TRANSIENT, "no_connection", None, 0), "could not be reached", "online"),
        (Trial("x", "X", Outcome.TRANSIENT, "http_502", 502, 1), "trouble of its own (status 502)", "later"),
        (Trial("x", "X", Outcome.BLOCKED, "breaker", None, 0, until=7), "left alone until 7", "sources resume x"),
        (Trial("x", "X", Outcome.QUOTA_EXHAUSTED, "budget", None, 0, until=7), "was not called", ""),
        (Trial("x", "X", Outcome.NOT_FOUND, "", None, 1), "that it should", "newer Completist"),
        (Trial("x", "X", Outcome.BAD_RESPONSE, "broken_json", None, 1), "(broken_json)", "newer Completist"),
    ],
)  # fmt: skip
def test_every_failure_is_said_in_words_with_what_can_be_done(tested: Trial, said: str, fix: str) -> None:
    told = result_of(tested, str)
    assert said in told.text
    assert fix in told.fix


# --- how long it takes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "rate", "quota", "left", "said"),
    [
        (Due(0, 100, 1, 1), Rate(1000), None, None, "nothing is due"),
        (Due(5000, 170, 2, 0), Rate(1000, 10), None, None, "5,000: at most 50 s"),
        (Due(5000, 1000, 1, 1), Rate(1000), None, None, "5,000: at most 1 h"),
        (Due(900, 1, 1, 0), Rate(1000), 1000, 1000, "900: at most 15 min"),
        (Due(5000, 1, 1, 0), Rate(1000), 1000, 1000, "5,000: at most 6 days at 1,000 a day"),
        (Due(5000, 1, 1, 0), Rate(1000), 1000, 0, "5,000: at most 7 days at 1,000 a day"),
    ],
)
def test_what_is_due_takes_so_long_at_most(
    due: Due, rate: Rate, quota: int | None, left: int | None, said: str
) -> None:
    assert at_most(needed([due], rate, quota, left, 0.1), quota) == said


def test_more_pipelines_of_a_source_are_one_queue() -> None:
    both = needed([Due(100, 10, 2, 1), Due(7, 10, 1, 0)], Rate(1000), None, None)
    assert both == Needed(107, 11, 121, 10, 120, 0)


@pytest.mark.parametrize(
    ("rate", "said"), [(Rate(1000), "1 a second"), (Rate(353), "170 a minute"), (Rate(200), "5 a second")]
)
def test_a_pace_is_said_as_people_say_it(rate: Rate, said: str) -> None:
    assert pace(rate) == said


# --- what they have said -------------------------------------------------------------------------------------------


@pytest.fixture
def answered(sources: Call, data: Path) -> Call:
    """Two answers of Open Library, one of them that it knows nothing; both expired."""
    with App(load_settings(data)) as app, app.database.write() as connection:
        said: dict[str, list[dict[str, Any]]] = {"isbn13:1": [{"title": "x"}], "isbn13:2": []}
        answers.write_answers(connection, "openlibrary", said, app.now() - 200 * answers.DAY)
        answers.write_answers(connection, "dnb", {"isbn13:1": []}, app.now() - 8 * answers.DAY)
    return sources


def test_answers_are_counted_by_source(answered: Call) -> None:
    told = answered("answers", "--json").json["answers"]
    assert told["openlibrary"] == {"answers": 2, "unknown": 1, "expired": 2}
    assert told["dnb"] == {"answers": 1, "unknown": 1, "expired": 1}
    assert "Open Library" in answered("answers").out


def test_old_answers_are_forgotten_and_those_that_expired_lately_are_not(answered: Call) -> None:
    assert answered("answers", "prune", "--dry-run").out == "2 answers would be forgotten.\n"
    counted = answered("answers", "prune", "--dry-run", "--json").json
    assert counted == {"schema": 1, "dry_run": True, "removed": 2}
    assert answered("answers", "prune").out == "2 answers are forgotten.\n"
    assert (
        answered("answers", "prune", "--before", "12h", "--source", "openlibrary", "--json").json["removed"]
        == 0
    )
    assert answered("answers", "prune", "--before", "12h").out == "1 answer is forgotten.\n"
    assert answered("answers", "prune", "--before", "soon").code == USAGE
    assert answered("answers", "prune", "--source", "nope").code == NOT_FOUND
