from __future__ import annotations

from collections.abc import Sequence

import pytest

from completist.domain.fields import Data
from completist.domain.matching import Verdict
from completist.kinds.authors import AuthorFinder
from completist.sdk.catalogue import Author, EditionView, Entity, Hit, Query, Work
from completist.sdk.finder import Finding, Subject

RECORDS: dict[str, Entity] = {
    "OL1A": Author(key="OL1A", name="Sachi Rautroy", birth_date="1916", death_date="2004", bio="A poet."),
    "OL2A": Author(key="OL2A", name="Martha Meade", birth_date="1901"),
    "OL3A": Author(key="OL1A", name="Sachi Rautroy"),  # redirected
    "OL1W": Work(key="OL1W", title="Not an author"),
}


class Shelf:
    """A catalogue of a few records that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def by_key(self, keys: Sequence[str]) -> dict[str, Entity]:
        self.asked.append(list(keys))
        return {key: RECORDS[key] for key in keys if key in RECORDS}

    def by_isbn(self, isbns: Sequence[str]) -> dict[str, list[EditionView]]:
        raise AssertionError(f"authors have no ISBN: {isbns}")

    def search(self, queries: Sequence[Query], limit: int = 10) -> list[list[Hit]]:
        raise AssertionError(f"authors are not searched for: {queries}, {limit}")

    def generation(self) -> str:
        return "test"


def find(
    values: dict[str, Data], *, rejected: frozenset[str] = frozenset(), accepted: str | None = None
) -> Finding:
    (finding,) = AuthorFinder().find([Subject(7, values, rejected, accepted)], Shelf())
    assert finding.item_id == 7
    return finding


def test_a_key_with_the_right_name_is_taken() -> None:
    finding = find({"olid_author": ["OL1A"], "name": "Rautroy, Sachi"})
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.AUTO, ("olid",))
    assert finding.match.record == "OL1A"
    (candidate,) = finding.candidates
    assert candidate.byline == "1916-2004"
    assert candidate.confidence == 1.0
    assert candidate.fields == {
        "name": "Sachi Rautroy",
        "olid_author": ["OL1A"],
        "birth_date": "1916",
        "death_date": "2004",
        "bio": "A poet.",
    }


def test_a_key_that_leads_to_another_name_goes_to_review() -> None:
    finding = find({"olid_author": ["OL2A"], "name": "Sachi Rautroy"})
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.REVIEW, ("olid", "name_differs"))
    assert [c.record for c in finding.candidates] == ["OL2A"]
    assert finding.candidates[0].confidence < 1


def test_of_several_keys_the_one_whose_name_fits_is_taken() -> None:
    finding = find({"olid_author": ["OL2A", "OL1A"], "name": "S. Rautroy"})
    assert (finding.match.verdict, finding.match.record) == (Verdict.AUTO, "OL1A")
    assert len(finding.candidates) == 1


def test_a_redirected_key_gives_the_record_it_leads_to() -> None:
    finding = find({"olid_author": ["OL3A"]})
    assert finding.candidates[0].fields["olid_author"] == ["OL1A"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"name": "Sachi Rautroy"}, "no_identifier"),
        ({"olid_author": [], "name": "Sachi Rautroy"}, "no_identifier"),
        ({"olid_author": ["OL9A"]}, "not_in_catalogue"),
        ({"olid_author": ["OL1W"]}, "not_in_catalogue"),
    ],
)
def test_without_a_record_there_is_nothing_to_write(values: dict[str, Data], reason: str) -> None:
    finding = find(values)
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.NONE, (reason,))
    assert finding.candidates == ()


def test_a_rejected_record_is_not_offered_again() -> None:
    finding = find({"olid_author": ["OL1A"]}, rejected=frozenset({"OL1A"}))
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.NONE, ("rejected",))


def test_what_a_person_accepted_is_taken_whatever_its_name() -> None:
    finding = find({"olid_author": ["OL1A"], "name": "Sachi Rautroy"}, accepted="OL2A")
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.AUTO, ("accepted",))
    assert finding.match.record == "OL2A"


def test_a_batch_is_answered_in_order_with_one_look_up() -> None:
    shelf = Shelf()
    subjects = [Subject(n, {"olid_author": [key]}) for n, key in enumerate(["OL2A", "OL9A", "OL1A", "OL2A"])]
    findings = AuthorFinder().find(subjects, shelf)
    assert [f.match.record for f in findings] == ["OL2A", None, "OL1A", "OL2A"]
    assert shelf.asked == [["OL2A", "OL9A", "OL1A"]]


def test_a_batch_without_keys_asks_nothing() -> None:
    shelf = Shelf()
    AuthorFinder().find([Subject(1, {"name": "Homer"})], shelf)
    assert shelf.asked == []
