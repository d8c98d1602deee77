"""The simulator: all providers, on one port, speaking of one world."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from completist.simulator.answers import Answer, Clock, Json, Request, answer
from completist.simulator.calls import Calls
from completist.simulator.control import HOST as CONTROL
from completist.simulator.control import control
from completist.simulator.desk import Desk
from completist.simulator.faults import Faults
from completist.simulator.limits import FREE, Policy
from completist.simulator.pace import Pace
from completist.simulator.provider import KEY, Provider
from completist.simulator.providers.bnf import Bnf
from completist.simulator.providers.covers import Covers
from completist.simulator.providers.deezer import Deezer
from completist.simulator.providers.dnb import Dnb
from completist.simulator.providers.googlebooks import GoogleBooks
from completist.simulator.providers.hardcover import HOST as HARDCOVER
from completist.simulator.providers.hardcover import PATH, Hardcover
from completist.simulator.providers.inventaire import Inventaire
from completist.simulator.providers.isbndb import Isbndb
from completist.simulator.providers.lastfm import LastFm
from completist.simulator.providers.lrclib import Lrclib
from completist.simulator.providers.musicbrainz import MusicBrainz
from completist.simulator.providers.openlibrary import OpenLibrary
from completist.simulator.providers.reccobeats import ReccoBeats
from completist.simulator.providers.tidal import Tidal
from completist.simulator.providers.wikidata import Wikidata
from completist.simulator.server import HOST, Server
from completist.simulator.world.chance import Chance
from completist.simulator.world.shelf import Shelf, standard
from completist.simulator.world.world import World


class Simulator:
    """A context in which the providers answer at ``url``.

    They speak of ``books`` (rows of Hardcover's shape), else of a ``world``, else of the books that the simulator
    brings; which of them a provider knows follows from the ``seed``. ``policies`` and ``token`` are Hardcover's. Limits
    are counted by the clock, ``scale`` times as fast.
    """

    def __init__(
        self,
        faults: Faults | None = None,
        *,
        books: Sequence[Json] | None = None,
        world: World | None = None,
        policies: tuple[Policy, ...] = FREE,
        token: str = KEY,
        clock: Clock = time.time,
        port: int = 0,
        seed: int = 0,
        scale: float = 1.0,
    ) -> None:
        self.calls = Calls()
        self.pace = Pace(clock, scale)
        self.ended = threading.Event()
        self._world = Shelf(books) if books is not None else world or standard()
        chance, pace = Chance(seed), self.pace
        self._desks = {
            provider.name: Desk(provider, self._world, chance, pace, self.calls, self.ended.wait)
            for provider in _providers(policies, token, clock)
        }
        self._by_host = {host: desk for desk in self._desks.values() for host in desk.provider.hosts}
        if faults is not None:
            self.switch(faults)
        self._server = Server(port, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end: what ``COMPLETIST_PROVIDERS_AT`` takes."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def hardcover(self) -> str:
        """The endpoint of the simulated Hardcover, for callers who are given an address of their own."""
        return self.url + PATH

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of all providers."""
        return tuple(self._desks)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that are answered for."""
        return tuple(self._by_host)

    def switch(self, faults: Faults, provider: str = "") -> None:
        """Put other faults in the place of those that are on, for one provider or for all."""
        for name, desk in self._desks.items():
            if provider in ("", name):
                desk.faults = faults.anew()

    def limit(self, provider: str, policies: tuple[Policy, ...]) -> None:
        """Put other limits in the place of a provider's own."""
        self._desks[provider].limit(policies)

    def policies(self) -> dict[str, tuple[Policy, ...]]:
        """The limits of all providers."""
        return {name: desk.policies for name, desk in self._desks.items()}

    def reset(self) -> None:
        """Forget all calls, count anew, switch the faults off. The pace of time stays."""
        for desk in self._desks.values():
            desk.reset()
        self.calls.forget()

    def serve(self, request: Request) -> Answer:
        """The reply to one request. May take as long as the faults say."""
        if request.host == CONTROL:
            return control(self, request)
        if f"/{request.host}{request.path}" == PATH:
            request = replace(request, host=HARDCOVER, path=PATH)
        desk = self._by_host.get(request.host)
        if desk is None:
            return answer(404, {"error": f"nobody is simulated at {request.host or '/'}"})
        return desk.answer(request)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _providers(policies: tuple[Policy, ...], token: str, clock: Clock) -> Sequence[Provider]:
    return (
        OpenLibrary(clock),
        Covers(),
        GoogleBooks(token),
        Isbndb(token),
        Wikidata(),
        Inventaire(),
        Dnb(),
        Bnf(),
        Hardcover(policies, token),
        Deezer(),
        MusicBrainz(),
        Lrclib(),
        ReccoBeats(),
        LastFm(token),
        Tidal(token),
    )
