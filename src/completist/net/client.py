"""The client: the connections to all providers, and the one place that they are opened from."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from types import TracebackType
from typing import Self

import httpx2

from completist import __version__
from completist.domain.errors import BadInput
from completist.net.addresses import GuardedTransport
from completist.net.mirror import mirror_at
from completist.net.permits import Clock, Permits
from completist.net.sending import Line, Patience, ProviderHttp, Sleep
from completist.sdk.provider import Provider

HOME = "https://completist.example"

_CONTACT = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
_LOGGERS = ("httpx2", "httpcore2")


class Client:
    """The connections to all providers.

    ``contact`` (a mail or web address of the operator) stands in the User-Agent: providers ask for it. Hosts in
    ``local`` may be in the operator's own network and be spoken to in plain HTTP. With ``at`` every other host is
    called there instead, see `completist.net.mirror`. The time and the waiting come from outside. Use it as an
    asynchronous context, in one event loop.

    Raises:
        BadInput: The contact cannot stand in a header, or ``at`` is no address that may be called.
    """

    def __init__(
        self,
        permits: Permits,
        clock: Clock,
        *,
        contact: str = "",
        local: Iterable[str] = (),
        at: str = "",
        sleep: Sleep = asyncio.sleep,
        patience: Patience | None = None,
    ) -> None:
        patience, hosts = patience or Patience(), frozenset(local)
        mirror = mirror_at(at) if at else None
        near = hosts if mirror is None else hosts | {mirror.place.host}
        _keep_addresses_out_of_logs()
        self._web = httpx2.AsyncClient(
            transport=GuardedTransport(near),
            headers={"User-Agent": user_agent(contact)},
            timeout=patience.answer,
            trust_env=False,
        )
        self._line = Line(self._web, permits, clock, sleep, patience, hosts, mirror)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._web.aclose()

    def to(self, provider: Provider, *, urgent: bool = False, within: float | None = None) -> ProviderHttp:
        """The way out to one provider, within its hosts and its budget. A person waits for what is ``urgent``.

        ``within``: seconds that one call may take, where that is less than patience allows.
        """
        line = self._line
        if within is not None and within < line.patience.whole:
            line = replace(line, patience=replace(line.patience, whole=within))
        return ProviderHttp(line, provider, urgent=urgent)


def user_agent(contact: str = "") -> str:
    """Who we are and how the operator can be reached.

    Raises:
        BadInput: The contact has line breaks or other characters that no header may hold.
    """
    if contact and (not _CONTACT.fullmatch(contact) or set(contact) & set("()\\")):
        raise BadInput("The contact for providers has to be a mail or web address in plain characters.")
    return f"completist/{__version__} (+{HOME}{f'; {contact}' if contact else ''})"


def _keep_addresses_out_of_logs() -> None:
    """The library logs every address, and some providers want their key in it."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
