"""The examples of the documentation, as they stand there, in a repository."""

from __future__ import annotations

import re
from pathlib import Path

from tests.engine.cards.conftest import Desk

PAGE = Path(__file__).parents[3] / "docs" / "cards.md"
EXAMPLE = re.compile(
    r"^(`{3,4})(markdown|latex|python|text)\n(.*?)^\1$\n\n(.*?)\n\n", re.MULTILINE | re.DOTALL
)
NUMBERS = {"one": 1, "three": 3, "seven": 7}


def test_each_example_makes_the_cards_that_the_page_says(lone: Desk) -> None:
    found = {each[2]: (each[3], each[4]) for each in EXAMPLE.finditer(PAGE.read_text("utf-8") + "\n\n")}
    assert set(found) == {"markdown", "latex", "python", "text"}
    names = {"markdown": "heat.md", "latex": "sets.tex", "python": "retry.py"}
    lone.repo.save(found["text"][0], {name: found[language][0] for language, name in names.items()})
    lone.work()
    cards = lone.cards("pending")
    sources = {language: [c for c in cards if c.place.startswith(name)] for language, name in names.items()}
    sources["text"] = [c for c in cards if c.role == "why"]
    assert sum(map(len, sources.values())) == len(cards)
    for language, (_, said) in found.items():
        number = re.search(r"makes (\w+)", said)
        assert number is not None
        assert len(sources[language]) == NUMBERS[number[1]], language
    assert "Who wrote the second law down first?" in lone.fronts()
    assert "Why does ice float?" in lone.fronts()
