"""Documents of Open Library by their keys, as many in a request as its address has room for.

Keys are bare here (``OL45804W``); the API wants their path (``/works/OL45804W``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.sdk.jsondata import record, text
from completist.sdk.provider import Http, Record, Refused, Request

#: Characters of one address. Open Library's web server takes 4,094 bytes of a request line (gunicorn's default).
LONGEST = 4_000
#: Requests for one set of keys: a thousand editions with works and authors of their own take 25, more where works have
#: several authors; and a chain of redirects has an end.
_MOST = 64
_OK = 200
_KEY = re.compile(r"(?:/[a-z]+/)?(OL[1-9]\d{0,11}([MWA]))", re.ASCII)
_PATHS = {"M": "/books/", "W": "/works/", "A": "/authors/"}
_REDIRECT, _DELETED = "/type/redirect", "/type/delete"


def bare(data: Data) -> str:
    """The key in a text or in a pointer ``{"key": ...}``, without its path; empty when there is none."""
    found = _KEY.fullmatch(text(data.get("key") if isinstance(data, dict) else data))
    return found[1] if found else ""


def _none(_document: Record) -> Iterable[str]:
    return ()


@dataclass(slots=True)
class Documents:
    """What has been fetched so far."""

    http: Http
    site: str
    known: dict[str, Record] = field(default_factory=dict)  #: by key; an empty one says that there is none

    async def fetch(self, keys: Iterable[str], more: Callable[[Record], Iterable[str]] = _none) -> None:
        """Fetch what is not known yet, what redirects lead to, and what each document names besides.

        Raises:
            Refused: Some could not be fetched; what was is known all the same.
        """
        due = dict.fromkeys(key for key in keys if key and key not in self.known)
        for _ in range(_MOST):
            if not due:
                return
            fitting = self._fitting(due)
            for document in await self._get(fitting):
                due |= dict.fromkeys([target(document), *more(document)])
            due = {key: None for key in due if key and key not in self.known}
        if due:
            raise Refused(Outcome.BAD_RESPONSE, code="too_many_redirects")

    def leads_to(self, key: str) -> Record | None:
        """The document of a key at the end of all redirects; an empty one: there is none; None: not fetched yet."""
        seen = set[str]()
        while (document := self.known.get(key)) and (following := target(document)):
            if following in seen:
                return {}
            seen.add(following)
            key = following
        return document

    def _fitting(self, keys: Iterable[str]) -> list[str]:
        """As many of the keys as one address has room for."""
        room = LONGEST - len(self._address()) - len("?keys=") - len(quote("[]"))
        fitting: list[str] = []
        for key in keys:
            room -= len(quote(f'"{_path(key)}",', safe=""))
            if room < 0:
                break
            fitting.append(key)
        return fitting

    async def _get(self, keys: list[str]) -> list[Record]:
        paths = json.dumps([_path(key) for key in keys], separators=(",", ":"))
        reply = await self.http.send(Request("GET", self._address(), {"keys": paths}))
        if reply.status != _OK:
            raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
        body = record(reply.body)
        if body.get("status") != "ok":  # an error of its database comes with status 200
            raise Refused(Outcome.TRANSIENT, code="get_many_failed")
        if not isinstance(result := body.get("result"), dict):
            raise Refused(Outcome.BAD_RESPONSE, code="get_many_shape")
        found = {key: _living(record(result.get(_path(key)))) for key in keys}
        self.known |= found
        return [document for document in found.values() if document]

    def _address(self) -> str:
        return f"{self.site}/api/get_many"


def _path(key: str) -> str:
    return f"{_PATHS[key[-1]]}{key}"


def _living(document: Record) -> Record:
    """A document, or an empty one in the place of one that was deleted or leads nowhere."""
    gone = _type(document) == _DELETED or (_type(document) == _REDIRECT and not target(document))
    return {} if gone else document


def target(document: Record) -> str:
    """The key that a redirect leads to; empty for what is none."""
    return bare(document.get("location")) if _type(document) == _REDIRECT else ""


def _type(document: Record) -> str:
    return text(record(document.get("type")).get("key"))
