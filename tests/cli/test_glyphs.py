"""Glyphs: nothing from a file commands a terminal, and no script is spoilt by that."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.cli.glyphs import columns, harmless, visible

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # written with a joiner between its parts


@pytest.mark.parametrize("bad", ["\x1b", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\ud800", "\ufeff"])
def test_what_commands_a_terminal_is_replaced(bad: str) -> None:
    assert visible(f"a{bad}b") == harmless(f"a{bad}b") == "a\ufffdb"


@pytest.mark.parametrize("title", [PERSIAN, "\U0001f469\u200d\U0001f467", "שלום\u200f!", "Ü\u0308"])
def test_joiners_and_marks_that_scripts_need_stay(title: str) -> None:
    assert visible(title) == harmless(title) == title


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\x85", "\v"])
def test_a_line_end_inside_a_title_becomes_a_space(end: str) -> None:
    assert visible(f"one{end}two") == "one two"


@given(st.text())
def test_harmless_text_keeps_its_lines_and_no_control_characters(text: str) -> None:
    left = harmless(text)
    assert not [c for c in left if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert left.count("\n") == text.count("\n")


@pytest.mark.parametrize(("text", "width"), [("Emma", 4), ("三体", 4), ("Cafe\u0301", 4), (PERSIAN, 7)])
def test_a_text_is_as_wide_as_the_eye_sees_it(text: str, width: int) -> None:
    assert columns(text) == width
