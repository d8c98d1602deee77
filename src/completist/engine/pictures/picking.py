"""Picking: all pictures that are offered for an item, and a person's choice among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from completist.domain.errors import BadInput, NotFound
from completist.domain.fields import Level, Origin, Value
from completist.domain.pictures import Picture, rank
from completist.engine.asking import Asked, ask
from completist.engine.inquiry.inquiring import Inquirer
from completist.engine.pictures.looking import Gallery, Looked
from completist.engine.pictures.offers import Offer, found, told
from completist.engine.pictures.showing import Shown, show
from completist.engine.recording import Cause, Patch, Recorded, record
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finder, Finding
from completist.sdk.pictures import Pictures
from completist.sdk.registry import KindPlugin
from completist.store import items
from completist.store.database import Database
from completist.store.pictures import KEPT, NEVER, UPLOADED, Seen

#: What a person may upload.
UPLOADS = ("PNG", "JPEG", "WEBP", "AVIF")

#: Seconds that a person waits for pictures that nobody has looked at yet.
PATIENCE = 5.0

#: Why nobody can say more about an offered picture: there was no time or no way to look.
NOT_LOOKED_AT = "not_looked_at"


@dataclass(frozen=True, slots=True)
class Offered:
    """A picture that is offered for an item; without ``picture``, ``code`` says why nothing is to be seen."""

    url: str
    source: str
    record: str
    level: Level | None
    picture: Picture | None
    code: str
    chosen: bool  #: it is the one that counts


@dataclass(frozen=True, slots=True)
class Desk:
    """A library at which people pick pictures."""

    database: Database
    library_id: int
    gallery: Gallery
    clock: Callable[[], int]
    voices: Voices = DECLARED

    def check(self, item_id: int) -> None:
        """Make sure that there is such an item, and that it may have a picture. Raises NotFound."""
        self._of(item_id)

    def shown(self, ids: list[int]) -> dict[int, Shown]:
        """The picture of each of these items."""
        with self.database.read() as connection:
            return show(connection, self.library_id, ids, self.voices)

    def offered(self, item_id: int, catalogue: Catalogue, inquirer: Inquirer, *, look: bool) -> list[Offered]:
        """Every picture that is offered for an item, the best first; those not looked at yet last.

        With ``look`` every provider is asked, and pictures that nobody has looked at are looked at now.

        Raises:
            NotFound: There is no such item, or its kind has no pictures.
        """
        plugin, kind, finder = self._of(item_id)
        with self.database.read() as connection:
            asked = ask(connection, finder.pipeline, [item_id])
        subject = asked.subjects[item_id]
        (local,) = finder.find([subject], catalogue)
        offers = told(finder.pipeline, subject, asked.said[item_id])
        offers += found(finder.pipeline, local)
        if look:
            for finding in self._asked(plugin, finder, asked, local, inquirer):
                offers += found(finder.pipeline, finding)
        own = next((v for v in asked.said[item_id] if _is_own(kind, v)), None)
        if own is not None:
            offers.insert(0, Offer(str(own.data), "", "", origin=own.origin))
        distinct: dict[str, Offer] = {}
        for offer in offers:
            distinct.setdefault(_address(kind, offer.url), offer)
        gallery = self.gallery if look else replace(self.gallery, door=None)
        looked = gallery.look(
            kind,
            {n: [o] for n, o in enumerate(distinct.values())},
            ends=monotonic() + PATIENCE,
            all_of_them=True,
        )
        current = self.shown([item_id]).get(item_id)
        each = []
        for number, offer in enumerate(distinct.values()):
            seen = looked[number]
            picture = seen.found[0].picture if seen.found else None
            url = seen.found[0].url if seen.found else offer.url
            code = "" if picture else _why(seen)
            if offer.url.startswith(UPLOADED) and current is not None and current.url == offer.url:
                picture, code = current.picture, ""
            same = current is not None and current.url in (url, offer.url)
            each.append(Offered(url, offer.provider or "you", offer.record, offer.level, picture, code, same))
        return sorted(each, key=_order)

    def pictured(self, item_id: int, urls: Sequence[str], *, look: bool) -> dict[str, Picture]:
        """The pictures at addresses that are offered for an item; with ``look``, they are fetched now.

        Addresses at which there is none are absent; so are all where the item's kind has no pictures.

        Raises:
            NotFound: There is no such item.
        """
        with self.database.read() as connection:
            known = items.kinds_of(connection, self.library_id, [item_id])
        if item_id not in known:
            raise NotFound(f"There is no item {item_id} in this library.")
        kind = registry.plugin(known[item_id]).pictures
        if kind is None or not urls:
            return {}
        gallery = self.gallery if look else replace(self.gallery, door=None)
        offers = {place: [Offer(url, "", "")] for place, url in enumerate(urls)}
        looked = gallery.look(kind, offers, ends=monotonic() + PATIENCE, all_of_them=True)
        return {url: looked[place].found[0].picture for place, url in enumerate(urls) if looked[place].found}

    def choose(self, item_id: int, url: str) -> Recorded:
        """Take the picture at an address as a person's own: nothing replaces it.

        Raises:
            NotFound: There is no such item.
            BadInput: There is no picture to be had there.
        """
        plugin, kind, _ = self._of(item_id)
        offers = {0: [Offer(url, "", "", origin=Origin.USER)]}
        looked = self.gallery.look(kind, offers, ends=monotonic() + PATIENCE)[0]
        if not looked.found:
            code = _why(looked)
            raise BadInput(
                f"No cover can be had from there ({code}).", hint="Upload the picture instead.", code=code
            )
        return self._type(plugin, kind, item_id, looked.found[0].url)

    def upload(self, item_id: int, content: bytes) -> Recorded:
        """Take what a person hands in as their own: nothing replaces it.

        Raises:
            NotFound: There is no such item.
            NoPicture: It is no picture that can be kept.
        """
        plugin, kind, _ = self._of(item_id)
        from completist.pictures.copying import copy  # noqa: PLC0415 - loads Pillow, which most commands need not

        copied = copy(content, UPLOADS, cover=False)
        url = f"{UPLOADED}{copied.picture.sha256}"
        self.gallery.keep(copied, Seen(url, KEPT, copied.picture, "", 0, self.clock(), NEVER))
        return self._type(plugin, kind, item_id, url)

    def remove(self, item_id: int) -> Recorded:
        """Have none: it stays removed until the person gives that up. Raises NotFound."""
        plugin, kind, _ = self._of(item_id)
        return self._type(plugin, kind, item_id, None)

    def _type(self, plugin: KindPlugin, kind: Pictures, item_id: int, url: str | None) -> Recorded:
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            patch = Patch(item_id, (Value(kind.field, url, Origin.USER, at=now),))
            cause = Cause("type", Origin.USER)
            return record(connection, self.library_id, plugin, [patch], cause, now, voices=self.voices)

    def _asked(
        self, plugin: KindPlugin, finder: Finder, asked: Asked, local: Finding, inquirer: Inquirer
    ) -> list[Finding | None]:
        """What each provider says of the item, as though nothing were known of its picture."""
        (item_id,) = asked.subjects
        name = finder.pipeline.picture
        said = {item_id: [v for v in asked.said[item_id] if v.field != name]}
        bare = [replace(c, fields={n: d for n, d in c.fields.items() if n != name}) for c in local.candidates]
        blind: Mapping[int, Finding] = {item_id: replace(local, candidates=tuple(bare), also=())}
        every = inquirer.each(plugin, finder.pipeline, replace(asked, said=said), blind)
        return [each.get(item_id) for each in every]

    def _of(self, item_id: int) -> tuple[KindPlugin, Pictures, Finder]:
        with self.database.read() as connection:
            kind = items.kinds_of(connection, self.library_id, [item_id]).get(item_id)
        if kind is None:
            raise NotFound(
                f"There is no item {item_id} in this library.",
                hint="completist gaps lists items with their ids.",
            )
        plugin = registry.plugin(kind)
        finder = next((f for f in plugin.finders if f.pipeline.picture is not None), None)
        if plugin.pictures is None or finder is None:
            raise NotFound(f"A {kind} has no pictures.")
        return plugin, plugin.pictures, finder


def _is_own(kind: Pictures, value: Value) -> bool:
    return value.field == kind.field and value.origin is Origin.USER and isinstance(value.data, str)


def _why(looked: Looked) -> str:
    """Why there is nothing to be seen."""
    return next(iter((*looked.codes, *(refused.code for refused in looked.refusals), NOT_LOOKED_AT)))


def _address(kind: Pictures, url: str) -> str:
    """The same for all addresses of one picture."""
    return next(iter(kind.sizes(url)), url)


def _order(offered: Offered) -> tuple[bool, bool, float]:
    picture = offered.picture
    worth = (
        0.0
        if picture is None
        else rank(picture.width, picture.height, of_edition=offered.level is not Level.WORK)
    )
    return (not offered.chosen, picture is None, -worth)
