"""Cells of exports of music, one by one."""

from __future__ import annotations

import pytest

from completist.kinds.tracks.sources.cells import joined


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("The Testers,Ruth Castellan", ["The Testers", "Ruth Castellan"]),
        ("The Testers;Ruth Castellan;The Testers", ["The Testers", "Ruth Castellan"]),
        ("Earth, Wind & Fire,The Emotions", ["Earth, Wind & Fire", "The Emotions"]),
        ("10,000 Maniacs", ["10,000 Maniacs"]),
        ("Tyler, The Creator", ["Tyler, The Creator"]),
        ("Blink-182,Lil Wayne", ["Blink-182", "Lil Wayne"]),
        ("Tyler\\, The Creator,Kali Uchis", ["Tyler, The Creator", "Kali Uchis"]),
        ("", None),
    ],
)
def test_names_that_are_joined_are_told_apart(cell: str, names: list[str] | None) -> None:
    assert joined(cell) == names
