from __future__ import annotations

import json

import msgspec
import pytest

from completist.catalog import records

SPACES = [
    "",
    " ",
    "\t",
    "\n",
    "\r",
    "\x0b",
    "\x1c",
    "\x85",
    "\u00a0",
    "\u1680",
    "\u2003",
    "\u2028",
    "\u205f",
    "\u3000",
    "\0",
]


@pytest.mark.parametrize("space", SPACES, ids=ascii)
@pytest.mark.parametrize("text", ["Solaris", "Café «Solaris»", 'The "Solaris" \\ book', "日本"])
def test_white_space_at_the_ends_of_texts_is_not_told(space: str, text: str) -> None:
    stored = msgspec.json.encode({"title": f"{space}{text}", "publishers": [f"{text}{space}", space]})
    found = records.edition(7, stored)
    assert found.title == text
    assert found.publishers == (text,)


def test_white_space_within_a_text_stays() -> None:
    stored = msgspec.json.encode({"name": "Stanisław\u00a0Lem", "alternate_names": ["S. \\ Lem"]})
    found = records.author(7, stored)
    assert found.name == "Stanisław\u00a0Lem"
    assert found.alternate_names == ("S. \\ Lem",)


@pytest.mark.parametrize("text", ["London, ", "London: ", ", ", 'a "London", ', 'a "London": '])
def test_blanks_that_look_as_if_they_stood_between_parts_are_not_told(text: str) -> None:
    stored = json.dumps({"title": text, "publishers": [text, "Ace"], "series": ["one, two: three"]}).encode()
    found = records.edition(7, stored)
    assert found.title == text.strip()
    assert found.publishers == (text.strip(), "Ace")
    assert found.series == ("one, two: three",)
