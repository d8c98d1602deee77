"""Looking: pictures are fetched from where they are offered, judged by their pixels, and kept.

A copy is announced before its files are written, and counts once they lie there whole: killed at any moment, nothing
stands in the library that has no file, and whatever lies there without being announced is nobody's.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic, perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zlib import crc32

from completist.domain.budget import Budget, Rate
from completist.domain.fields import Origin
from completist.domain.pictures import Picture, is_good
from completist.domain.run import Outcome
from completist.engine.patience import patiently
from completist.engine.pictures.offers import Offer
from completist.net.addresses import is_named
from completist.net.door import Door, To
from completist.pictures.keeping import Keeping, write_copy
from completist.pictures.nothing import NoPicture
from completist.sdk.pictures import Pictures
from completist.sdk.provider import FINAL, Provider, Refused, Reply, Request
from completist.store import pictures
from completist.store.database import Database
from completist.store.pictures import KEPT, Seen

if TYPE_CHECKING:
    from completist.pictures.copying import Copy

#: Bytes of a picture.
LARGEST = 10 * 1024 * 1024

#: Pictures that are under way at once.
AT_ONCE = 8

#: Milliseconds.
DAY = 86_400_000

#: How long it is believed that a picture still lies where it was, or that none does.
LASTS = 60 * DAY

#: Of a place that has failed: after the first time, the second, from then on.
FAILED_LASTS = (DAY, 7 * DAY, 30 * DAY)

#: Codes of what surely lies at an address, or may not be called; whatever else went wrong may go well another time.
LASTING = frozenset({
    "not_found", "too_large", "too_many_pixels", "tiny", "blank",
    "host_not_allowed", "scheme_not_allowed", "private_address",
})  # fmt: skip

#: Codes of an address that leads where nobody may go, there or by a redirect.
_ASTRAY = frozenset({"host_not_allowed", "scheme_not_allowed"})

_PATIENCE = 3  #: other refusals in a row after which a server is left alone in this batch
_OK, _GONE = 200, frozenset({404, 410})

#: Hosts that a person allowed are asked as rarely as this.
_POLITE = Budget(Rate.within(60, 60_000, burst=5))


@dataclass(frozen=True, slots=True)
class Found:
    """A picture that was looked at, where it lies, and who offered it."""

    offer: Offer
    url: str
    picture: Picture


@dataclass(slots=True)
class Looked:
    """What came of looking for one item's picture."""

    found: list[Found] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    missed: list[Refused] = field(default_factory=list)  #: why better ones could not be looked at for now
    codes: list[str] = field(default_factory=list)  #: why there is none, where there is none
    unfinished: bool = False  #: it was time to stop
    spent: float = 0.0  #: milliseconds


@dataclass(frozen=True, slots=True)
class Gallery:
    """Where pictures are kept, and the way to them. Without a door, only what was looked at before counts.

    ``hosts`` are servers that a person allows beside those of the kinds. ``claimer`` is the process that announces
    copies. ``within`` are the seconds that one call may take.
    """

    database: Database
    keeping: Keeping
    clock: Callable[[], int]
    claimer: str
    door: Door | None = None
    hosts: Sequence[str] = ()
    urgent: bool = False
    within: float | None = None

    def look(
        self,
        kind: Pictures,
        offered: Mapping[int, Sequence[Offer]],
        *,
        ends: float,
        stop: Callable[[], bool] = lambda: False,
        all_of_them: bool = False,
    ) -> dict[int, Looked]:
        """Look at what is offered for each item, in order, until one is good; or at all of it.

        ``ends`` is when it is time to stop, by the monotonic clock; one call at least is made.
        """
        urls = [
            url
            for each in offered.values()
            for offer in each
            for url in kind.sizes(offer.url) or (offer.url,)
        ]
        with self.database.read() as connection:
            known = pictures.read_seen(connection, urls)
            now = self.database.moment(connection, self.clock)
        looking = _Looking(self, kind, known, now, ends, stop, all_of_them=all_of_them)
        if self.door is None:
            return {item_id: looking.remembered(each) for item_id, each in offered.items()}
        return self.door.ask(lambda to: looking.all(to, offered), urgent=self.urgent, within=self.within)

    def look_again(
        self,
        kind: Pictures,
        offered: Mapping[int, Sequence[Offer]],
        *,
        ends: float,
        stop: Callable[[], bool] = lambda: False,
    ) -> dict[int, Looked]:
        """Look at the very addresses that are offered, which nobody has called for long."""
        return self.look(replace(kind, sizes=lambda url: (url,)), offered, ends=ends, stop=stop)

    def server(self, kind: Pictures, url: str) -> Provider | None:
        """The server that an address leads to; None for one that nobody allowed."""
        host = urlsplit(url).hostname or ""
        allowed = next((each for each in kind.galleries if is_named(host, each.hosts)), None)
        if allowed is None and is_named(host, frozenset(self.hosts)):
            return Provider(f"covers-{host}", frozenset(self.hosts), _POLITE)
        return allowed

    def keep(self, copied: Copy, seen: Seen) -> None:
        """Keep a copy: announced, written, recorded. ``seen`` says where it comes from."""

        def announce() -> None:
            with self.database.write() as connection:
                now = self.database.moment(connection, self.clock)
                pictures.arrive(connection, copied.picture, self.claimer, now)

        def record() -> None:
            with self.database.write() as connection:
                pictures.keep(connection, [copied.picture.sha256])
                pictures.write_seen(connection, [seen])

        patiently(announce)
        write_copy(self.keeping, copied)
        patiently(record)

    def remember(self, seen: Seen) -> None:
        """Keep that there is no picture at an address, and why."""

        def write() -> None:
            with self.database.write() as connection:
                pictures.write_seen(connection, [seen])

        patiently(write)


@dataclass(slots=True)
class _Looking:
    """One batch."""

    gallery: Gallery
    kind: Pictures
    known: dict[str, Seen]
    now: int
    ends: float
    stop: Callable[[], bool]
    all_of_them: bool
    called: bool = False
    _tasks: dict[str, asyncio.Task[Seen]] = field(default_factory=dict)
    _ended: dict[str, Refused] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)

    async def all(self, to: To, offered: Mapping[int, Sequence[Offer]]) -> dict[int, Looked]:
        """Everybody's pictures, several at once."""
        places = asyncio.Semaphore(AT_ONCE)
        each = [self._item(to, places, offers) for offers in offered.values()]
        return dict(zip(offered, await asyncio.gather(*each), strict=True))

    def remembered(self, offers: Sequence[Offer]) -> Looked:
        """What is known without calling anybody."""
        looked = Looked()
        for offer in offers:
            seen = [self.known[url] for url in self.kind.sizes(offer.url) if url in self.known]
            if picture := next((one for one in seen if one.picture is not None), None):
                looked.found.append(Found(offer, picture.url, picture.picture))  # type: ignore[arg-type]  # just asked
        return looked

    async def _item(self, to: To, places: asyncio.Semaphore, offers: Sequence[Offer]) -> Looked:
        looked = Looked()
        for offer in offers:
            urls = self.kind.sizes(offer.url)
            if not urls:
                looked.codes.append("placeholder")
            for url in urls:
                try:
                    seen = await self._see(to, places, url, looked)
                except Refused as refused:
                    looked.refusals.append(refused)
                    looked.missed.append(_counted(refused))
                    seen = self.known.get(url)
                    if seen is None or seen.picture is None:
                        continue  # else the copy that is kept counts, whatever has become of its place
                if seen is None:
                    looked.unfinished = True
                    return looked
                if seen.picture is None:
                    looked.codes.append(seen.code)
                    looked.missed += self._later(seen)
                    continue
                looked.found.append(Found(offer, url, seen.picture))
                if self._is_enough(offer, seen.picture):
                    return looked
                break
        return looked

    def _later(self, seen: Seen) -> list[Refused]:
        """Until when an address is left alone that has failed, as long as it may go well another time."""
        lasting = seen.code in LASTING and not (
            seen.code in _ASTRAY and seen.failures
        )  # a redirect may change
        if lasting or seen.failures >= len(FAILED_LASTS):
            return []
        after = max(0.0, (seen.check_at - self.now) / 1000) + 1.0  # not a moment too early
        return [Refused(Outcome.TRANSIENT, after, seen.code)]

    def _is_enough(self, offer: Offer, picture: Picture) -> bool:
        """Whether the rest need not be looked at: a good one of another edition does not do where the right may be."""
        if offer.own and not offer.of_edition:
            return False
        good = is_good(picture.width, picture.height) or offer.origin is not Origin.PROVIDER
        return good and not self.all_of_them

    async def _see(self, to: To, places: asyncio.Semaphore, url: str, looked: Looked) -> Seen | None:
        """What lies at an address; None when there is no time to look. Raises Refused."""
        before = self.known.get(url)
        if before is not None and before.check_at > self.now:
            return before
        if url not in self._tasks:
            server = self.gallery.server(self.kind, url)
            if server is None:
                return Seen(url, "host_not_allowed")
            if self.stop() or (self.called and monotonic() >= self.ends):
                return None
            self.called = True
            self._tasks[url] = asyncio.ensure_future(self._fetch(to, places, server, url))
        begun = perf_counter()
        try:
            return await self._tasks[url]
        finally:
            looked.spent += (perf_counter() - begun) * 1000

    async def _fetch(self, to: To, places: asyncio.Semaphore, server: Provider, url: str) -> Seen:
        async with places:
            if server.name in self._ended:
                raise self._ended[server.name]
            try:
                reply = await to(server).send(Request("GET", url, binary=True, largest=LARGEST))
            except Refused as refused:
                if refused.code in _ASTRAY:  # no fault of its server, which has others
                    return await self._none(url, refused.code)
                self._note(server, refused)
                if refused.outcome is Outcome.BAD_RESPONSE:
                    return await self._none(url, refused.code)
                raise
            self._failures[server.name] = 0
            return await self._judge(url, reply)

    async def _judge(self, url: str, reply: Reply) -> Seen:
        if reply.status != _OK or not reply.content:
            return await self._none(url, "not_found" if reply.status in _GONE else f"http_{reply.status}")
        try:
            copied = await asyncio.to_thread(_copy, reply.content)
        except NoPicture as none:
            return await self._none(url, none.code)
        check_at = self.now + LASTS + crc32(url.encode()) % LASTS  # not all on one day
        etag = reply.headers.get("etag", "")
        seen = Seen(url, KEPT, copied.picture, etag, 0, self.now, check_at)
        await asyncio.to_thread(self.gallery.keep, copied, seen)
        return seen

    async def _none(self, url: str, code: str) -> Seen:
        """There is no picture; one that was kept from there stays, however often its place fails."""
        before = self.known.get(url)
        failures = before.failures + 1 if before is not None else 1
        lasts = FAILED_LASTS[min(failures, len(FAILED_LASTS)) - 1]
        picture = before.picture if before is not None else None
        etag = before.etag if before is not None else ""
        seen = Seen(url, code, picture, etag, failures, self.now, self.now + lasts)
        await asyncio.to_thread(self.gallery.remember, seen)
        return seen

    def _note(self, server: Provider, refused: Refused) -> None:
        self._failures[server.name] += 1
        if refused.outcome in FINAL or self._failures[server.name] >= _PATIENCE:
            self._ended[server.name] = refused


def _counted(refused: Refused) -> Refused:
    """The same; what may not be called however often, and is no server that rests, is tried so often only."""
    closed = refused.code in LASTING
    return Refused(Outcome.TRANSIENT, refused.after, refused.code) if closed else refused


def _copy(content: bytes) -> Copy:
    from completist.pictures.copying import copy  # noqa: PLC0415 - loads Pillow, which most commands need not

    return copy(content)
