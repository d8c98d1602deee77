"""Wording: the words by which an item is found, kept up in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Mapping

from completist.domain.fields import Data
from completist.domain.kind import Kind
from completist.store.texts import Words

_LONGEST = 100_000  #: characters of one text


def read_by(kind: Kind) -> frozenset[str]:
    """The fields whose words count."""
    return frozenset((kind.title, *filter(None, (kind.byline,)), *kind.searched))


def words(kind: Kind, item_id: int, data: Mapping[str, Data]) -> Words:
    """The words of an item, by what counts of it."""
    body = " \n".join(_text(data[name]) for name in kind.searched if name in data)
    return Words(
        item_id, _text(data.get(kind.title)), _text(data.get(kind.byline or "")), body[:_LONGEST].strip()
    )


def _text(data: Data) -> str:
    if isinstance(data, str):
        return data.replace("\0", "")
    if isinstance(data, list):
        return ", ".join(_text(each) for each in data)
    return "" if data is None or isinstance(data, bool | dict) else str(data).replace("\0", "")
