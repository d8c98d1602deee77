from __future__ import annotations

import pytest

from completist.kinds.authors import AUTHORS
from completist.sdk.registry import pipeline, plugin


def test_the_kind_is_found_through_its_entry_point() -> None:
    assert plugin("author") is AUTHORS
    assert pipeline("author-metadata") == (AUTHORS, AUTHORS.finders[0].pipeline)


def test_a_death_is_no_gap() -> None:
    assert [field.name for field in AUTHORS.kind.wanted] == [
        "name",
        "olid_author",
        "birth_date",
        "bio",
        "photo",
    ]


def test_a_typed_date_is_brought_into_form_or_refused() -> None:
    typed = AUTHORS.normalise["birth_date"]
    assert typed("27 January 1832") == "1832-01-27"
    assert typed(None) is None
    with pytest.raises(ValueError, match="not a date"):
        typed("long ago")
