"""Tidal's API, version 2 (https://developer.tidal.com): a token by client credentials, then documents of JSON:API.

It is slow to let anybody in: one call costs about five tokens of a bucket that gets one a second.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from completist.domain.budget import Budget, Rate
from completist.domain.run import Outcome
from completist.kinds.tracks.providers.offering import NOT_FOUND, answer
from completist.sdk.jsondata import record, records, text, whole
from completist.sdk.provider import Http, Provider, Record, Refused, Request

HOST, AUTH = "openapi.tidal.com", "auth.tidal.com"
SITE, TOKEN = f"https://{HOST}/v2", f"https://{AUTH}/v1/oauth2/token"
#: Two calls in ten seconds, as others have found to work.
TIDAL = Provider("tidal", frozenset({HOST, AUTH}), Budget(Rate(5_000)), batch_size=20)
VARIABLE = "TIDAL_CLIENT"
COUNTRY = "US"
PAGES = 50  #: of one listing

_JSON_API = "application/vnd.api+json"
_EARLY = 60  #: seconds before its end at which a token is not used any more
_A_DAY = 86_400


@dataclass(slots=True)
class Session:
    """A client's token, for one way out and for as long as Tidal says that it is good for."""

    client: str = field(default="", repr=False)  #: id and secret, with a colon between them
    seconds: Callable[[], float] = monotonic
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _of: Callable[[], Http | None] = field(default=lambda: None, repr=False)  #: whose calls it is used for

    async def get(self, http: Http, path: str, params: Mapping[str, str]) -> Record | None:
        """The document at a path; None says that nothing is known there."""
        headers = {"Accept": _JSON_API, "Authorization": f"Bearer {await self._opened(http)}"}
        reply = await http.send(Request("GET", f"{SITE}/{path}", params, headers))
        if reply.status == NOT_FOUND:
            return None
        body = answer(reply)
        if "data" not in body:
            raise Refused(Outcome.BAD_RESPONSE, code="tidal_errors" if "errors" in body else "shape")
        return body

    async def _opened(self, http: Http) -> str:
        if self._of() is http and self.seconds() < self._until:
            return self._token
        headers = {"Authorization": f"Basic {b64encode(self._credentials().encode()).decode()}"}
        form = {"grant_type": "client_credentials"}
        reply = await http.send(Request("POST", TOKEN, headers=headers, form=form))
        if reply.status != 200 and text(record(reply.body).get("error")):  # noqa: PLR2004 - a success
            raise Refused(Outcome.INVALID_KEY, code="tidal_client")
        body = answer(reply)
        token = text(body.get("access_token"))
        if not token:
            raise Refused(Outcome.BAD_RESPONSE, code="tidal_token")
        self._token, self._until = (
            token,
            self.seconds() + (whole(body.get("expires_in"), _A_DAY) or 0) - _EARLY,
        )
        return token

    def _credentials(self) -> str:
        client, _, secret = self.client.strip().partition(":")
        if not client or not (client + secret).isascii() or not (client + secret).isprintable():
            raise Refused(Outcome.INVALID_KEY, code="no_key")
        return f"{client}:{secret}"


def included(body: Record) -> dict[tuple[str, str], Record]:
    """What stands beside the data of a document, by type and id."""
    return {(text(each.get("type")), text(each.get("id"))): each for each in records(body.get("included"))}


def named(entity: Record, relation: str, beside: Mapping[tuple[str, str], Record]) -> list[Record]:
    """The entities that one is related to, in order, as far as they stand beside it."""
    held = record(record(entity.get("relationships")).get(relation)).get("data")
    ids = [(text(each.get("type")), text(each.get("id"))) for each in records(held)]
    return [beside[each] for each in ids if each in beside]


def cursor(body: Record) -> str:
    """Where a listing goes on; empty at its end."""
    links = record(body.get("links"))
    meta = text(record(links.get("meta")).get("nextCursor"))
    address = text(links.get("next"))
    _, found, rest = (
        address.partition("page%5Bcursor%5D=") if "%5B" in address else address.partition("page[cursor]=")
    )
    return meta or (rest.partition("&")[0] if found else "")
