from __future__ import annotations

import pytest

from completist.domain.enrichment import Enriched, Said
from completist.kinds.authors.providers.enriched import PLAN, WRITER
from completist.sdk.adapter import Key, Question
from completist.sdk.enriched import packed
from completist.sdk.finder import Subject


def test_an_author_is_found_by_key_and_read_in_the_fields_of_the_kind() -> None:
    adapter = PLAN.make(Key())
    assert adapter.rounds(Subject(1, {"olid_author": ["OL1A"], "name": "Ann"})) == [
        [Question("olid_author", "OL1A")]
    ]
    said = {
        "name": Said("Ann", "me", 1),
        "birth_date": Said("1920", "me", 1),
        "gender": Said("Female", "me", 1),
    }
    kept = packed(WRITER, "OL1A", Enriched(said, ("me",)), "me", 50, 50)
    (reading,) = adapter.read(Question("olid_author", "OL1A"), [kept])
    assert reading.candidate.title == "Ann"
    assert reading.candidate.fields == {"olid_author": ["OL1A"], "name": "Ann", "birth_date": "1920"}


@pytest.mark.parametrize("told", ["OL1A", "/authors/OL1A", " ol1a "])
def test_a_key_is_understood_in_any_form(told: str) -> None:
    assert WRITER.read(told) == "OL1A"


@pytest.mark.parametrize("told", ["OL1W", "Ann", "", "Q42"])
def test_what_is_no_key_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match="key of an author"):
        WRITER.read(told)
