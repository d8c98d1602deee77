from __future__ import annotations

import pytest

from completist.kinds.books.languages import language


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("fre", "fr"),
        ("per", "fa"),
        ("wel", "cy"),
        ("nl", "nl"),
        ("EN-us", "en"),
        ("/languages/rum", "ro"),
        (" German ", "de"),
        ("Français", "fr"),
        ("Norwegian Bokmål", "nb"),
        ("cmn", "zh"),
    ],
)
def test_codes_and_names_come_out_in_two_letters(said: str, code: str) -> None:
    assert language(said) == code


@pytest.mark.parametrize(("said", "code"), [("fil", "fil"), ("grc", "grc"), ("Ancient Greek", "grc")])
def test_a_language_without_two_letters_keeps_three(said: str, code: str) -> None:
    assert language(said) == code


@pytest.mark.parametrize(("said", "code"), [("scr", "hr"), ("iri", "ga"), ("tag", "tl"), ("mol", "ro")])
def test_withdrawn_marc_codes_mean_what_they_meant(said: str, code: str) -> None:
    assert language(said) == code


@pytest.mark.parametrize("said", ["", "und", "mul", "zxx", "UND", "xxx", "Elvish, High", "e", "12", "/"])
def test_no_single_known_language_is_none(said: str) -> None:
    assert language(said) is None
