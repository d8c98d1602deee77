"""Numbers that no database can hold are refused as such, wherever they are typed."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Call

from completist.cli.numbers import LARGEST


@pytest.mark.parametrize("number", ["0", str(LARGEST + 1), "abc", "1.5"])
@pytest.mark.parametrize("verb", [("show",), ("fill",), ("lock",), ("undo", "--change")])
def test_a_number_out_of_range_is_wrong_usage(completist: Call, verb: tuple[str, ...], number: str) -> None:
    more = ("title",) if verb == ("lock",) else ()
    told = completist(*verb, number, *more, "--json")
    assert (told.code, told.error["code"]) == (2, "usage")
    assert "is not a whole number" in told.error["message"]


def test_the_largest_number_is_only_not_found(completist: Call) -> None:
    assert completist("show", str(LARGEST)).code == 6


def test_a_decision_about_such_a_number_is_bad_input(completist: Call) -> None:
    told = completist("review", "--apply", "-", stdin=f'{{"proposal": {LARGEST + 1}, "decision": "reject"}}')
    assert told.code == 2
    assert "decision 1" in told.err
