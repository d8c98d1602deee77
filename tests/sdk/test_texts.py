from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.sdk.texts import heading, plain_text, shortened, tidy


def test_tidy_makes_one_clean_line() -> None:
    assert tidy("  Simon &amp;\n Schuster\0 ") == "Simon & Schuster"
    assert tidy("A\u0304s\u0301i") == "\u0100\u015bi"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Kabitā.", "Kabitā"),
        ("The folklore of sex.", "The folklore of sex"),
        ("The complete works of Mark Twain [pseud.].", "The complete works of Mark Twain"),
        ("Travels /", "Travels"),
        ("Basu, Āśīsha.", "Basu, Āśīsha"),
        ("Kurt Vonnegut Jr.", "Kurt Vonnegut Jr."),
        ("R.U.R.", "R.U.R."),
        ("Wait for it...", "Wait for it..."),
        ("Macmillan Inc.", "Macmillan Inc."),
        ("What If?", "What If?"),
        (".", ""),
    ],
)
def test_a_heading_loses_the_cataloguers_punctuation(text: str, clean: str) -> None:
    assert heading(text) == clean


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("A *fine*, **bold** tale.", "A fine, bold tale."),
        ("2 * 3 * 4 is 24", "2 * 3 * 4 is 24"),
        ("One<br/>two <i>three</i> &lt; four", "One\ntwo three < four"),
        ('See [the site](https://example.org "x") now.', "See the site now."),
        ("He wrote [sic] so.", "He wrote [sic] so."),
        ("Odd.  - [Wikipedia][1]\r\n\r\n\r\n  [1]: http://example.org/Odyssey", "Odd."),
        ("Great. ([Source][1].)\r\n\r\n[1]:http://example.org/Mark_Twain", "Great."),
        ("Great. Source: https://example.org/x", "Great."),
        ("Joy.--From publisher description.", "Joy."),
        ("Joy. -- Provided by publisher.", "Joy."),
        ('Big message." - http://www.example.org/program/', 'Big message."'),
        ("One.\r\n\r\n\r\nTwo.\r\nThree.", "One.\n\nTwo.\nThree."),
        ("One.\n\n----------\nAlso contained in:\n- [Works](https://example.org/1)\n", "One."),
        ("One.\n\n***\n\nTwo.", "One.\n\nTwo."),
        ("", ""),
    ],
)
def test_plain_text_keeps_the_words_and_drops_the_rest(text: str, plain: str) -> None:
    assert plain_text(text) == plain


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("one two", 7, "one two"),
        ("one two", 6, "one"),
        ("one two", 3, "one"),
        ("three", 2, "th"),
        ("", 5, ""),
    ],
)
def test_a_long_text_is_cut_between_words(text: str, most: int, cut: str) -> None:
    assert shortened(text, most) == cut


@given(st.text(alphabet="ab .*[]()-_:<>/\r\n1#", max_size=200))
def test_plain_text_is_trimmed_and_never_longer(text: str) -> None:
    plain = plain_text(text)
    assert plain == plain.strip()
    assert len(plain) <= len(text)
    assert "\n\n\n" not in plain


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[a](" * 50_000, "*a " * 50_000, "<a " * 50_000, "-\n" * 50_000]
)
def test_a_text_of_mark_up_alone_takes_no_longer_than_others(text: str) -> None:
    assert len(plain_text(text)) <= len(text)  # with an unbounded pattern this line takes minutes
