"""Masks: which parts of an answer a caller of Google wants, such as ``totalItems,items(id,volumeInfo/title)``.

Source: https://developers.google.com/books/docs/v1/performance#partial-response
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

#: Names, each with what is wanted below it; nothing below: everything.
Mask: TypeAlias = dict[str, "Mask"]

_TOKEN = re.compile(r"[\w*]+|[(),/]|\S")


class MaskError(Exception):
    """The text is no mask."""


def read(text: str) -> Mask:
    """The mask in a text. Raises MaskError for what is none."""
    tokens = iter([*_TOKEN.findall(text), ")"])
    mask = _several(tokens)
    if next(tokens, None) is not None:
        raise MaskError(text)
    return mask


def masked(value: Any, mask: Mask) -> Any:  # noqa: ANN401 - JSON of any form
    """What a mask lets through."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [masked(each, mask) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {name: masked(each, mask[name]) for name, each in value.items() if name in mask}


def _several(tokens: Iterator[str]) -> Mask:
    mask: Mask = {}
    below = mask
    for token in tokens:
        match token:
            case ")":
                return mask
            case ",":
                below = mask
            case "/":
                continue
            case "(":
                below.update(_several(tokens))
            case name if name[0].isalnum() or name in "*_":
                below = below.setdefault(name, {})
            case _:
                raise MaskError(token)
    raise MaskError("not closed")
