from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.catalog import titles


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ender's Game", ["enders", "game"]),
        ("L\u2019\u00c9tranger", ["letranger"]),
        ("Jhu\u0304la\u0304.", ["jhula"]),  # as MARC records write it: letter and mark apart
        ("Stra\u00dfe \u00d8yvind \u0141\u00f3d\u017a", ["strasse", "oyvind", "lodz"]),
        ("\u4e2d\u56fd history", ["\u4e2d", "\u56fd", "history"]),
        ("snake_case & more", ["snake", "case", "more"]),
        ("\u0412\u043e\u0439\u043d\u0430", ["\u0432\u043e\u0438\u043d\u0430"]),
    ],
)
def test_words_come_without_accents_and_apostrophes(text: str, words: list[str]) -> None:
    assert titles.words(text) == words


@given(st.text())
def test_folding_is_done_once(text: str) -> None:
    once = titles.words(text)
    assert titles.words(" ".join(once)) == once


def test_idle_words_count_only_when_there_are_no_others() -> None:
    assert titles.telling(["the", "art", "of", "war"]) == ["art", "war"]
    assert titles.telling(["of", "the"]) == ["of", "the"]


def test_the_series_in_brackets_goes() -> None:
    assert titles.without_suffix("Queen of Sorcery (The Belgariad, #2)") == "Queen of Sorcery"
    assert titles.without_suffix("(sic)") == "(sic)"


@pytest.mark.parametrize(
    "title", ["Dune: a novel", "Dune / by F. H.", "Dune - A Novel", "Dune (Dune, 1)", "Dune"]
)
def test_the_main_part_ends_where_the_subtitle_begins(title: str) -> None:
    assert titles.main_part(title) == "Dune"


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("\u7d05\u697c\u5922", ["\u7d05\u697c", "\u697c\u5922"]),
        ("\u7d05 and \u697c", ["and", "\u7d05", "\u697c"]),
        ("vol 2 \u4e2d\u56fd", ["\u4e2d\u56fd", "vol", "2"]),
        ("left hand", ["left", "hand"]),
        ("\u68ee", ["\u68ee"]),
    ],
)
def test_characters_without_spaces_are_asked_for_by_pairs(text: str, terms: list[str]) -> None:
    assert sorted(titles.terms(titles.words(text))) == sorted(terms)
    assert set(titles.terms(titles.words(text))) <= set(titles.searched(text).split())


@given(st.text())
def test_what_is_asked_for_is_always_what_was_indexed(text: str) -> None:
    indexed = re.findall(r"[^\W_]+", titles.searched(text))  # as the index takes words apart
    assert set(titles.terms(titles.words(text))) <= set(indexed)


def test_other_alphabets_have_a_latin_form() -> None:
    assert titles.latin("\u0412\u043e\u0439\u043d\u0430 \u0438 \u043c\u0438\u0440") == "voina i mir"
    assert titles.latin("\u4e2d\u56fd") == "zhong guo"
    assert titles.latin("Stra\u00dfe") == titles.latin("Emma") == ""
