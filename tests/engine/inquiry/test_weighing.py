"""Sixty cases in which providers confirm or contradict a list, and one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.engine.inquiry.weighing import Told, weigh
from completist.kinds.authors import AUTHORS
from completist.kinds.books import BOOKS
from completist.sdk.adapter import Reading
from completist.sdk.finder import Finding, Subject

DUNE, MESSIAH, HOBBIT = "9780441172719", "9780441172696", "9780547928227"
ISBNS = {"D": DUNE, "M": MESSIAH, "H": HOBBIT}
HERBERT, TOLKIEN = "Frank Herbert", "J. R. R. Tolkien"
NOTHING = Finding(1, Match(Verdict.NONE, ("nothing_found",)))


def _data(book: str) -> dict[str, Data]:
    """A book of the table: title / author / ISBN / work."""
    title, author, isbn, work, *_ = [*(part.strip() for part in book.split("/")), "", "", ""]
    said: dict[str, Data] = {
        "title": title,
        "authors": [author],
        "isbn13": [ISBNS.get(isbn, isbn)],
        "olid_work": [work],
    }
    return {name: data for name, data in said.items() if data and data != [""]}


def _mine(book: str) -> Subject:
    return Subject(1, _data(book))


def _told(provider: str, book: str) -> Told:
    data = _data(book)
    level = Level.EDITION if "isbn13" in data else Level.WORK
    candidate = Candidate(provider, f"{provider}:{book}", level, str(data.get("title", "")), fields=data)
    return Told(provider, (Reading(candidate),))


def _cases() -> list[tuple[str, Subject, list[Told], str]]:
    lines = (Path(__file__).parent / "conflicts.txt").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split(" |")] for line in lines if line and line[0] != "#"]
    return [
        (
            name,
            _mine(mine),
            [_told(*each.strip().split(": ", 1)) for each in said.split(";") if each.strip()],
            expected,
        )
        for name, mine, said, expected in rows
    ]


CASES = _cases()


def test_there_are_sixty() -> None:
    assert len(CASES) == len({name for name, *_ in CASES}) == 60


@pytest.mark.parametrize(("mine", "said", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_conflict(mine: Subject, said: list[Told], expected: str) -> None:
    found = weigh(BOOKS, mine, NOTHING, said)
    verdict = found.match.verdict
    believed = " ".join(c.provider for c in (*found.candidates[:1], *found.also))
    assert (believed if verdict is Verdict.AUTO else verdict.value) == expected, found.match.reasons


@pytest.mark.parametrize(("mine", "said", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_order_in_which_providers_are_heard_decides_nothing(
    mine: Subject, said: list[Told], expected: str
) -> None:
    found = weigh(BOOKS, mine, NOTHING, said[::-1])
    believed = {c.provider for c in (*found.candidates[:1], *found.also)}
    verdict = found.match.verdict
    assert (believed if verdict is Verdict.AUTO else verdict.value) == (
        set(expected.split()) if len(expected) < 6 and expected != "none" else expected
    )


def test_agreement_raises_confidence_and_a_record_passed_on_is_no_second_witness() -> None:
    alike = _mine("Dune / Frank Herbertt / D")
    alone = weigh(BOOKS, alike, NOTHING, [_told("a", "Dune / Frank Herbert / D")])
    both = weigh(BOOKS, alike, NOTHING, [_told(p, "Dune / Frank Herbert / D") for p in "ab"])
    assert alone.candidates[0].confidence < both.candidates[0].confidence
    assert "corroborated" in both.match.reasons
    passed = [_wikidata("wikidata", "Q1"), _wikidata("inventaire", "wd:Q1")]
    again = weigh(BOOKS, alike, NOTHING, passed)
    assert again.candidates[0].confidence == alone.candidates[0].confidence
    assert "corroborated" not in again.match.reasons


def _wikidata(provider: str, record: str) -> Told:
    data: dict[str, Data] = {"title": "Dune", "authors": [HERBERT], "isbn13": [DUNE]}
    return Told(provider, (Reading(Candidate(provider, record, Level.EDITION, "Dune", fields=data)),))


def test_the_catalogue_and_its_own_live_service_are_one_voice() -> None:
    data: dict[str, Data] = {"title": "Dune", "authors": [HERBERT], "isbn13": [DUNE]}
    edition = Candidate("openlibrary", "OL1M", Level.EDITION, "Dune", fields={**data, "pages": 412})
    local = Finding(1, Match(Verdict.AUTO, ("isbn",), Level.EDITION, "OL1M", 0.0), (edition,))
    live = Candidate(
        "openlibrary", "OL2W", Level.WORK, "Dune", fields={**data, "description": "Sand.", "pages": 1}
    )
    found = weigh(BOOKS, _mine("Dune / Frank Herbert / D"), local, [Told("openlibrary", (Reading(live),))])
    assert found.also == ()
    assert (found.candidates[0].record, found.candidates[0].level) == ("OL1M", Level.EDITION)
    assert found.candidates[0].fields["description"] == "Sand."
    assert found.candidates[0].fields["pages"] == 412, "of another edition nothing is taken"


def test_what_a_person_chose_stands_against_all_others() -> None:
    hobbit = "The Hobbit / J. R. R. Tolkien / D"
    subject = Subject(1, _data("Dune / Frank Herbert / D"), accepted=f"b:{hobbit}")
    told = [_told("a", "Dune / Frank Herbert / D"), _told("b", hobbit)]
    found = weigh(BOOKS, subject, NOTHING, told)
    assert (found.match.verdict, found.candidates[0].provider, found.also) == (Verdict.AUTO, "b", ())


def test_what_a_person_turned_down_is_not_offered_again() -> None:
    dune = "Dune / Frank Herbert / D"
    subject = Subject(1, _data(dune), rejected=frozenset({f"a:{dune}"}))
    found = weigh(BOOKS, subject, NOTHING, [_told("a", dune)])
    assert found.match.verdict is Verdict.NONE


def test_an_author_of_another_name_is_never_taken_unseen() -> None:
    subject = Subject(1, {"name": "Frank Herbert", "olid_author": ["OL1A"]})
    other = Candidate(
        "a", "Q1", Level.WORK, "Jane Austen", fields={"name": "Jane Austen", "wikidata": ["Q1"]}
    )
    found = weigh(AUTHORS, subject, NOTHING, [Told("a", (Reading(other),))])
    assert found.match.verdict is Verdict.REVIEW
    unsure = Candidate(
        "a", "Q2", Level.WORK, HERBERT, distance=Distance({"name_only": 0.6}), fields={"name": HERBERT}
    )
    found = weigh(AUTHORS, subject, NOTHING, [Told("a", (Reading(unsure),))])
    assert found.match.verdict is Verdict.REVIEW
