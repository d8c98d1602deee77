"""Replies: what a status and a body mean. A refusal is never taken for "not found"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.net.limits import Limits
from completist.net.permits import out_of
from completist.sdk.provider import Refused

#: Statuses that concern more than the one request. Others from 400 to 499 are left to the adapter.
_MEANINGS = {
    401: Outcome.INVALID_KEY,
    403: Outcome.BLOCKED,
    407: Outcome.BLOCKED,
    408: Outcome.TRANSIENT,
    413: Outcome.BAD_RESPONSE,
    425: Outcome.TRANSIENT,
    451: Outcome.BLOCKED,
}
_TOO_MANY, _SERVER_ERROR = 429, 500

#: A provider's own word for what is wrong.
_WORD = re.compile(r"[a-z]{2,20}(?:_[a-z]{2,20}){0,4}")
#: The key is right but may not do this: a person has to make another one.
_WANTS_KEY = "insufficient_scope"


def refusal(status: int, limits: Limits, body: Data, carried: Iterable[str] = ()) -> Refused | None:
    """What a status means when it is no answer; None when it is one, or the adapter has to understand it.

    A provider's own word becomes the code, unless it stands in what the request ``carried``: it may be a key.
    """
    word = _word(body)
    if any(word in text for text in carried):
        word = ""
    if status == _TOO_MANY:
        return Refused(out_of(limits.exhausted), _rest(limits), word or "http_429")
    outcome = _MEANINGS.get(status) or (Outcome.TRANSIENT if status >= _SERVER_ERROR else None)
    if outcome is None:
        return None
    if word == _WANTS_KEY:
        outcome = Outcome.INVALID_KEY
    return Refused(outcome, limits.retry_after, word or f"http_{status}")


def _rest(limits: Limits) -> float | None:
    """How long to rest: as told, or until the limit that is used up comes back; a day's limit at least so long."""
    over = limits.exhausted
    until = over.reset if over is not None else None
    if limits.retry_after is None:
        return until
    return max(limits.retry_after, until or 0) if over is not None and over.daily else limits.retry_after


def parse(content: bytes) -> Data:
    """The JSON in a body.

    Raises:
        Refused: a bad response, with the code ``empty_body`` or ``broken_json``.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise Refused(Outcome.BAD_RESPONSE, code="empty_body")
    try:
        body: Data = msgspec.json.decode(content)
    except (ValueError, RecursionError):
        raise Refused(Outcome.BAD_RESPONSE, code="broken_json") from None
    return body


def parse_leniently(content: bytes) -> Data:
    """The JSON in a body, or its text."""
    try:
        return parse(content)
    except Refused:
        return content.decode("utf-8", errors="replace")


def _word(body: Data) -> str:
    """The first code in ``error``, ``code`` or ``errors`` of a body."""
    if not isinstance(body, Mapping):
        return ""
    errors = body.get("errors")
    said = (body.get("error"), body.get("code"), *(errors if isinstance(errors, list) else ()))
    return next((text for text in said if isinstance(text, str) and _WORD.fullmatch(text)), "")
