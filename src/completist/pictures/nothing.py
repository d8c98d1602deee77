"""What is said of bytes that make no picture."""

from __future__ import annotations

from completist.domain.errors import BadInput


class NoPicture(BadInput):
    """Bytes that make no picture, or one that stands for none; ``code`` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)
