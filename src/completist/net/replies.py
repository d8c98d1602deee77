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
_REFUSED, _TOO_MANY, _SERVER_ERROR = 400, 429, 500
_LIMITED = (Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED)

#: A provider's own word for what is wrong.
_WORD = re.compile(r"[a-z]{2,20}(?:_[a-z]{2,20}){0,4}")
#: The key is right but may not do this: a person has to make another one.
_WANTS_KEY = "insufficient_scope"

#: What Google's services say whatever the status: 400, 403 and 429 have all been seen for a quota that is used up.
#: https://docs.cloud.google.com/apis/design/errors, https://developers.google.com/search/apis/indexing-api/v3/core-errors
_REASONS = {
    "dailylimitexceeded": Outcome.QUOTA_EXHAUSTED,
    "dailylimitexceededunreg": Outcome.QUOTA_EXHAUSTED,
    "quotaexceeded": Outcome.QUOTA_EXHAUSTED,
    "ratelimitexceeded": Outcome.RATE_LIMITED,
    "userratelimitexceeded": Outcome.RATE_LIMITED,
    "resourceexhausted": Outcome.RATE_LIMITED,
    "keyinvalid": Outcome.INVALID_KEY,
    "keyexpired": Outcome.INVALID_KEY,
    "apikeyinvalid": Outcome.INVALID_KEY,
    "apikeyexpired": Outcome.INVALID_KEY,
    "apikeyserviceblocked": Outcome.INVALID_KEY,
    "accessnotconfigured": Outcome.INVALID_KEY,
    "servicedisabled": Outcome.INVALID_KEY,
}
#: What MusicBrainz says with status 503, which else means that it is in trouble.
#: https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting
_TOO_FAST = re.compile(r"exceeding the allowable rate limit", re.IGNORECASE)
#: In the message, or in the name of the limit: ``Queries per day``, ``defaultPerDayPerProject``.
_DAILY = re.compile(r"per[ -]?day|daily", re.IGNORECASE)


def refusal(status: int, limits: Limits, body: Data, carried: Iterable[str] = ()) -> Refused | None:
    """What a status means when it is no answer; None when it is one, or the adapter has to understand it.

    A provider's own word becomes the code, unless it stands in what the request ``carried``: it may be a key.
    """
    word = _word(body)
    if any(word in text for text in carried):
        word = ""
    said = _said(body) if status >= _REFUSED else None
    if status == _TOO_MANY or said in _LIMITED:
        daily = said is Outcome.QUOTA_EXHAUSTED or _names_a_day(body)
        over = Outcome.QUOTA_EXHAUSTED if daily else out_of(limits.exhausted)
        return Refused(over, _rest(limits), word or f"http_{status}")
    outcome = said or _MEANINGS.get(status) or (Outcome.TRANSIENT if status >= _SERVER_ERROR else None)
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


def _names_a_day(body: Data) -> bool:
    """Whether a plain refusal speaks of a day's limit: ``{"message": "Daily quota exceeded"}``."""
    said = (
        [body.get(name) for name in ("message", "errorMessage", "error")] if isinstance(body, Mapping) else []
    )
    return any(isinstance(each, str) and _DAILY.search(each) for each in said)


def _said(body: Data) -> Outcome | None:
    """What an error in Google's form means: an object with a status, a message, and reasons in lists. And one text."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, str) and _TOO_FAST.search(error):
        return Outcome.RATE_LIMITED
    if not isinstance(error, Mapping):
        return None
    lists = [error.get(name) for name in ("errors", "details")]
    listed = [
        each for found in lists if isinstance(found, list) for each in found if isinstance(each, Mapping)
    ]
    reasons = [*(each.get("reason") for each in listed), error.get("status")]
    known = [_REASONS.get(each.replace("_", "").lower()) for each in reasons if isinstance(each, str)]
    outcome = next((each for each in known if each is not None), None)
    limits = [each.get("metadata") for each in listed]
    named = [each.get("quota_limit") for each in limits if isinstance(each, Mapping)]
    if outcome is Outcome.RATE_LIMITED and _DAILY.search(f"{error.get('message')} {named}"):
        return Outcome.QUOTA_EXHAUSTED
    return outcome
