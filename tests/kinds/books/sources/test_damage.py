from __future__ import annotations

import pytest

from completist.domain.fields import Data
from completist.kinds.books.sources.damage import damaged_fields, is_damaged

SOUND = [
    "Les Mis\u00e9rables",
    "S\u00c3O PAULO",
    "\u201cCAF\u00c9\u201d",
    "\u041f\u0443\u0448\u043a\u0438\u043d",
    "\u7d05\u6a13\u5922",
    "O\u2019Brien",
    "IRM\u00c3\u201d",
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_is_believed(text: str) -> None:
    assert not is_damaged(text)


@pytest.mark.parametrize(
    "text",
    [
        "Les Mis\u00e9rables",
        "O\u2019Brien",
        "\u00c9tudes",
        "na\u00efve",
        "\u041f\u0443\u0448\u043a\u0438\u043d",
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_text_misread_as_windows_1252_is_noticed(text: str, times: int) -> None:
    for _ in range(times):
        text = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())
    assert is_damaged(text)


def test_lost_characters_are_noticed_wherever_they_are() -> None:
    values: dict[str, Data] = {
        "title": "Dra\ufffdula",
        "authors": ["Bram Stoker", "A \ufffd"],
        "pages": 3,
        "shelf": "read",
    }
    assert list(damaged_fields(values)) == ["title", "authors"]
