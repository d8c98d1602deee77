"""Damage: text that a program before us has spoiled. Kept as it is, but not believed over a provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from completist.domain.fields import Data

#: UTF-8 read as Windows-1252, once or twice ("\u00c3\u00a9" for e-acute), or as nothing at all (U+FFFD). Pairs
#: that stand in sound text, such as a capital A-tilde before a closing quote, are left out.
_SPOILED = re.compile(
    "\ufffd"
    "|\u00c3[\u0080-\u00bf\u20ac\u0192\u201e\u2020\u02c6\u2030\u0160\u2039\u0152\u017d\u203a\u0153\u017e\u0161]"
    "|\u00c2[\u0080-\u00bf]"
    "|\u00e2\u20ac"
    "|[\u00d0\u00d1][\u0080-\u00bf].?[\u00d0\u00d1]"
)


def is_damaged(text: str) -> bool:
    """Whether characters of the text were lost or misread before it reached us."""
    return not text.isascii() and _SPOILED.search(text) is not None


def damaged_fields(values: Mapping[str, Data]) -> Iterator[str]:
    """The names of the fields whose text is damaged."""
    for name, data in values.items():
        if isinstance(data, str):
            if not data.isascii() and is_damaged(data):
                yield name
        elif isinstance(data, list) and any(isinstance(part, str) and is_damaged(part) for part in data):
            yield name
