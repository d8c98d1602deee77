"""JSON as it stands in the database: compact, the same bytes for the same data."""

from __future__ import annotations

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


def to_json(data: object) -> str:
    """``data`` as JSON text. NUL characters come out escaped, so that PostgreSQL can keep them."""
    return _encoder.encode(data).decode()


def from_json(text: str) -> Any:  # noqa: ANN401 - JSON is what it is
    """The data that ``text`` stands for."""
    return _decoder.decode(text)
