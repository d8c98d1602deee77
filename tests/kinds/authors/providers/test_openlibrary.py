from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.support.scripted import Scripted, SmallLibrary, asked, readings

from completist.domain.fields import Data
from completist.domain.matching import Verdict
from completist.domain.run import Outcome
from completist.engine.deciding import decide
from completist.kinds.authors import AUTHORS
from completist.kinds.authors.finder import AuthorFinder
from completist.kinds.authors.providers.openlibrary import OpenLibrary
from completist.sdk.adapter import SEARCH, Question
from completist.sdk.catalogue import Author, Entity, NoCatalogue
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply

OPEN = OpenLibrary()
BY_NAME = Question(SEARCH, "Jane Austen", "person")


def by_key(key: str) -> Question:
    return Question("olid_author", key)


def author(number: int, name: str = "Jane Austen", **more: Data) -> Record:
    return {
        "key": f"/authors/OL{number}A",
        "type": {"key": "/type/author"},
        "name": name,
        "revision": 9,
        **more,
    }


def library(*documents: Record, hits: list[Data] | None = None) -> SmallLibrary:
    made = SmallLibrary(hits=hits or [])
    made.add(*documents)
    return made


class OneAuthor(NoCatalogue):
    """A catalogue with one author."""

    def by_key(self, keys: Sequence[str]) -> dict[str, Entity]:
        found = Author(
            key="OL3A", name="Jane Austen.", alternate_names=("J. Austen",), birth_date="16 December 1775",
            death_date="1817", bio="A *novelist*.", photos=(7,),
            remote_ids={"viaf": "102333412", "wikidata": "Q36322"},
        )  # fmt: skip
        return dict.fromkeys(keys, found)


FULL = author(
    3, "Jane Austen.", alternate_names=["J. Austen"], birth_date="16 December 1775", death_date="1817",
    bio={"type": "/type/text", "value": "A *novelist*."}, photos=[-1, 7],
    remote_ids={"viaf": "102333412", "wikidata": ["Q36322", "Q1"], "imdb": None},
)  # fmt: skip


def test_keys_are_asked_for_before_the_name() -> None:
    subject = Subject(1, {"name": " Jane  Austen", "olid_author": ["OL3A", "oops", "OL4A"]})
    assert [list(each) for each in OPEN.rounds(subject)] == [[by_key("OL3A"), by_key("OL4A")], [BY_NAME]]
    assert list(OPEN.rounds(Subject(1, {}))) == []


def test_what_a_person_chose_is_asked_for_alone() -> None:
    subject = Subject(1, {"name": "Jane Austen", "olid_author": ["OL3A"]}, accepted="OL4A")
    assert [list(each) for each in OPEN.rounds(subject)] == [[by_key("OL4A")]]


def test_a_name_is_no_title_of_a_book() -> None:
    assert BY_NAME.key != Question(SEARCH, "Jane Austen").key


def test_an_author_reads_as_the_catalogue_s_own() -> None:
    (reading,) = readings(OPEN, library(FULL).http(), by_key("OL3A"))
    (finding,) = AuthorFinder().find([Subject(1, {"olid_author": ["OL3A"]})], OneAuthor())
    assert reading.candidate == finding.candidates[0]


def test_many_keys_are_one_call() -> None:
    http = library(*(author(number) for number in range(1, 101))).http()
    known = asked(OPEN, http, *(by_key(f"OL{number}A") for number in range(1, 101)))
    assert all(len(found) == 1 for found in known.values())
    assert len(http.seen) == 1
    assert "revision" not in str(known)


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [{"key": "/authors/OL3A", "type": {"key": "/type/delete"}}],
        [{"key": "/authors/OL3A", "type": {"key": "/type/redirect"}, "location": "/authors/OL3A"}],
        [{"key": "/authors/OL3A", "type": {"key": "/type/redirect"}, "location": "/works/OL3W"}],
    ],
)
def test_a_key_that_leads_to_nobody_is_surely_unknown(documents: list[Record]) -> None:
    assert asked(OPEN, library(*documents).http(), by_key("OL3A")) == {by_key("OL3A"): []}


def test_a_key_that_was_merged_leads_to_whom_it_was_merged_into() -> None:
    moved: Record = {"key": "/authors/OL3A", "type": {"key": "/type/redirect"}, "location": "/authors/OL9A"}
    (reading,) = readings(OPEN, library(moved, author(9)).http(), by_key("OL3A"))
    assert reading.candidate.record == "OL9A"


def test_a_name_leads_to_namesakes_told_apart_and_never_taken_unseen() -> None:
    hits: list[Data] = [
        {"key": "OL3A", "top_work": "Emma", "work_count": 40},
        {"key": "OL5A"},
        {"key": "OL4A"},
    ]
    found = library(
        author(3, birth_date="1775", death_date="1817"), author(4), author(5, "Anne Brontë"), hits=hits
    )
    offered = [reading.candidate for reading in readings(OPEN, found.http(), BY_NAME)]
    assert [(each.record, each.byline) for each in offered] == [("OL3A", "1775-1817, Emma"), ("OL4A", "")]
    for shown in (offered, offered[:1]):
        finding = decide(AUTHORS, Subject(1, {"name": "Jane Austen"}), shown)
        assert finding.match.verdict is Verdict.REVIEW


def test_an_author_found_by_key_under_another_name_goes_to_a_person() -> None:
    offered = [reading.candidate for reading in readings(OPEN, library(author(3)).http(), by_key("OL3A"))]
    assert decide(AUTHORS, Subject(1, {"name": "Jane Austen"}), offered).match.verdict is Verdict.AUTO
    assert decide(AUTHORS, Subject(1, {"name": "Anne Brontë"}), offered).match.verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [
        (Reply(200, body={"status": "fail"}), Outcome.TRANSIENT, "get_many_failed"),
        (Reply(200, body={"status": "ok", "result": []}), Outcome.BAD_RESPONSE, "get_many_shape"),
        (Reply(404, body="<html>"), Outcome.BAD_RESPONSE, "http_404"),
    ],
)
def test_a_reply_that_cannot_be_understood_is_not_taken_for_unknown(
    reply: Reply, outcome: Outcome, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        asked(OPEN, Scripted(lambda _request: reply), by_key("OL3A"))
    assert (caught.value.outcome, caught.value.code) == (outcome, code)
