"""Mending: what a crash or a disk left behind among the pictures, and places that have gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from completist.domain.fields import Origin
from completist.domain.pipeline import DAY, RERUN_PRIORITY
from completist.engine.claimers import is_gone
from completist.engine.pictures.looking import Gallery
from completist.engine.pictures.offers import Offer
from completist.pictures.keeping import name_of, names_of, sha256_in, thumbnail_of
from completist.pictures.sizes import Size
from completist.sdk import registry
from completist.store import pictures, runs
from completist.store.database import Connection
from completist.store.pictures import UPLOADED

#: Milliseconds after which an announced copy has not come, wherever it was to come from.
LATE = DAY // 24

#: How long a copy is kept that nothing leads to, and an upload that no history mentions.
SPARED = 30 * DAY

#: Failures in a row after which a place has gone.
GONE = 2

#: Addresses that are called in one go.
PAGE = 100


@dataclass(slots=True)
class Damage:
    """What is not as it should be: files of nobody, copies that never came, copies without their file."""

    orphans: list[str] = field(default_factory=list)
    dead: list[tuple[str, str]] = field(default_factory=list)  #: (digest, form)
    lost: list[tuple[str, str]] = field(default_factory=list)  #: likewise

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.orphans or self.dead or self.lost)


@dataclass(slots=True)
class Mended:
    """What was done about it. ``uploads`` are lost for good: nobody but a person had them."""

    orphans: int = 0
    dead: int = 0
    fetched_again: int = 0
    uploads: int = 0


def examine(gallery: Gallery) -> Damage:
    """Compare rows and files. Writes nothing.

    Files are listed before rows are read: a file's row is written before it, so one without a row is nobody's.
    """
    names = list(gallery.keeping.names())
    rows = dict(_rows(gallery))
    damage = Damage(orphans=[name for name in names if not _belongs(name, rows, gallery)])
    lying = set(names)
    for digest, (form, state, claimer, is_late) in rows.items():
        if state != "kept" and (is_gone(claimer) or is_late):
            damage.dead.append((digest, form))
        elif (
            state == "kept" and name_of(digest, form) not in lying and not _lies_there(gallery, digest, form)
        ):
            damage.lost.append((digest, form))
    return damage


def _belongs(name: str, rows: dict[str, tuple[str, str, str, bool]], gallery: Gallery) -> bool:
    digest = sha256_in(name)
    row = rows.get(digest)
    if row is None:
        with gallery.database.read() as connection:
            return bool(digest) and digest in pictures.known(connection, [digest])
    form, _, claimer, is_late = row
    if name in names_of(digest, form):
        return True
    return not is_gone(claimer) and not is_late  # half-written, by somebody who is at it


def _rows(gallery: Gallery) -> Iterator[tuple[str, tuple[str, str, str, bool]]]:
    after = ""
    while True:
        with gallery.database.read() as connection:
            now = gallery.database.moment(connection, gallery.clock)
            page = pictures.page(connection, after)
        if not page:
            return
        for digest, form, state, claimer, at in page:
            yield digest, (form, state, claimer, at < now - LATE)
        after = page[-1][0]


def _lies_there(gallery: Gallery, digest: str, form: str) -> bool:
    """Whether a file came after the files were listed."""
    return gallery.keeping.read(name_of(digest, form)) is not None


def mend(gallery: Gallery, damage: Damage) -> Mended:
    """Remove what is nobody's, and let what was lost be fetched again."""
    mended = Mended(orphans=len(damage.orphans))
    for name in damage.orphans:
        gallery.keeping.remove(name)
    for digest, form in damage.dead:
        with gallery.database.write() as connection:
            if pictures.read_picture(connection, digest) is None:
                pictures.drop(connection, digest)
                _remove(gallery, digest, form)
                mended.dead += 1
    for digest, _ in damage.lost:
        with gallery.database.write() as connection:
            now = gallery.database.moment(connection, gallery.clock)
            urls = pictures.drop(connection, digest)
            pictures.forget(connection, urls, now)
            uploaded = [url for url in urls if url.startswith(UPLOADED)]
            again = [url for url in urls if url not in uploaded]
            mended.uploads += len(uploaded)
            mended.fetched_again += len(again)
            _doubt(gallery, connection, again, now)
    return mended


def _doubt(gallery: Gallery, connection: Connection, urls: list[str], now: int) -> None:
    """Let the items that hold these addresses be done again."""
    del gallery
    held = pictures.mentioned(connection, urls)
    ids = sorted({item_id for each in held.values() for item_id in each})
    for _, pipeline in registry.pipelines().values():
        if pipeline.picture is not None and ids:
            runs.doubt(connection, pipeline.name, pipeline.version, ids, now, priority=RERUN_PRIORITY)


def _remove(gallery: Gallery, digest: str, form: str) -> None:
    for name in names_of(digest, form):
        gallery.keeping.remove(name)


def thumbnail(gallery: Gallery, sha256: str, size: Size) -> bytes | None:
    """A copy in one of the sizes, made anew if it was lost; None when there is no copy."""
    name = thumbnail_of(sha256, size)
    if (content := gallery.keeping.read(name)) is not None:
        return content
    with gallery.database.read() as connection:
        picture = pictures.read_picture(connection, sha256)
    whole = None if picture is None else gallery.keeping.read(name_of(sha256, picture.form))
    if whole is None:
        return None
    from completist.pictures.copying import thumbnail as made  # noqa: PLC0415 - loads Pillow, which commands need not

    content = made(whole, size)
    gallery.keeping.write(name, content)
    return content


@dataclass(slots=True)
class Refreshed:
    """What a round came to: places that were called, those that have gone, copies that nobody needs any more."""

    called: int = 0
    gone: int = 0
    removed: int = 0


def refresh(gallery: Gallery, stop: Callable[[], bool] = lambda: False) -> Refreshed:
    """Call the places that have not been called for long, find other pictures for what has gone, and clear up."""
    done = Refreshed()
    after = ""
    while not stop():
        with gallery.database.read() as connection:
            now = gallery.database.moment(connection, gallery.clock)
            page = pictures.due(connection, now, after, PAGE)
            held = pictures.mentioned(connection, [seen.url for _, seen in page])
        if not page:
            break
        after = page[-1][0]
        idle = [seen.url for _, seen in page if seen.url not in held]
        with gallery.database.write() as connection:
            pictures.drop_seen(connection, idle)
        _call(gallery, sorted(held), done, stop)
    _clear_up(gallery, done, stop)
    return done


def _call(gallery: Gallery, urls: list[str], done: Refreshed, stop: Callable[[], bool]) -> None:
    kinds = [plugin.pictures for plugin in registry.plugins().values() if plugin.pictures is not None]
    for kind in kinds:
        offers = {n: [Offer(url, "", "", origin=Origin.USER)] for n, url in enumerate(urls)}
        gallery.look_again(kind, offers, ends=monotonic() + 600, stop=stop)
    done.called += len(urls)
    with gallery.database.write() as connection:
        now = gallery.database.moment(connection, gallery.clock)
        seen = pictures.read_seen(connection, urls)
        gone = [url for url, one in seen.items() if one.failures >= GONE]
        _doubt(gallery, connection, gone, now)
    done.gone += len(gone)


def _clear_up(gallery: Gallery, done: Refreshed, stop: Callable[[], bool]) -> None:
    """Remove copies that nothing leads to any more, and uploads that were not even undone."""
    with gallery.database.write() as connection:
        now = gallery.database.moment(connection, gallery.clock)
        uploads = pictures.uploads(connection, now - SPARED)
        kept = pictures.mentioned(connection, uploads, history=True)
        pictures.drop_seen(connection, [url for url in uploads if url not in kept])
        unused = pictures.unused(connection, now - SPARED, limit=1000)
    for digest, form in unused:
        if stop():
            return
        with gallery.database.write() as connection:
            if (digest, form) in pictures.unused(connection, now - SPARED, only=digest):
                pictures.drop(connection, digest)
                _remove(
                    gallery, digest, form
                )  # before this is committed, or somebody might bring it again between
                done.removed += 1
