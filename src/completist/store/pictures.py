"""Pictures: which copies are kept, and what came of each address. They belong to no library: all profit.

A copy's row stands here before its file is written, and is removed before the file is: so a file without a row is
nobody's, whenever one looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, select, update

from completist.domain.pictures import Picture
from completist.store.bulk import insert_rows, is_one_of, statement
from completist.store.encoding import to_json
from completist.store.ledger import picture_sources, pictures
from completist.store.schema import changes, field_values

#: The code of an address whose picture is kept.
KEPT = "kept"

#: What the address of a picture begins with that a person uploaded.
UPLOADED = "sha256:"

#: A time that never comes.
NEVER = 2**53

_ARRIVE = """
INSERT INTO pictures (sha256, state, claimer, form, width, height, size, colour, blurhash, at)
VALUES (:sha256, 'arriving', :claimer, :form, :width, :height, :size, :colour, :blurhash, :now)
ON CONFLICT (sha256) DO UPDATE SET at = excluded.at
"""
_COLUMNS = (
    pictures.c.sha256, pictures.c.width, pictures.c.height, pictures.c.form, pictures.c.size, pictures.c.colour,
    pictures.c.blurhash,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of an address: a picture, or why there is none."""

    url: str
    code: str
    picture: Picture | None = None
    etag: str = ""
    failures: int = 0  #: in a row
    fetched_at: int = 0
    check_at: int = 0


def key_of(url: str) -> str:
    """The key of an address, however long that is."""
    return sha256(url.encode()).hexdigest()


def arrive(connection: Connection, picture: Picture, claimer: str, now: int) -> None:
    """Announce a copy whose file is about to be written; that it is used is remembered."""
    said = {
        "sha256": picture.sha256, "claimer": claimer, "form": picture.form, "width": picture.width,
        "height": picture.height, "size": picture.size, "colour": picture.colour, "blurhash": picture.blurhash,
        "now": now,
    }  # fmt: skip
    connection.execute(statement(_ARRIVE), said)


def keep(connection: Connection, digests: Sequence[str]) -> None:
    """Say that the files of these copies lie there whole."""
    if digests:
        chosen = update(pictures).where(is_one_of(connection, pictures.c.sha256, sorted(set(digests))))
        connection.execute(chosen.values(state="kept"))


def write_seen(connection: Connection, seen: Sequence[Seen]) -> None:
    """Keep what came of addresses, in the place of what came of them before."""
    each = {key_of(one.url): one for one in seen}
    rows = [
        (
            key,
            one.url,
            one.picture.sha256 if one.picture else None,
            one.code,
            one.etag,
            one.failures,
            one.fetched_at,
            one.check_at,
        )
        for key, one in sorted(each.items())
    ]
    insert_rows(connection, picture_sources, rows, replace=True)


def read_seen(connection: Connection, urls: Sequence[str]) -> dict[str, Seen]:
    """What is known of these addresses; those that nobody has called are absent."""
    if not urls:
        return {}
    chosen = _seen().where(
        is_one_of(connection, picture_sources.c.key, [key_of(url) for url in dict.fromkeys(urls)])
    )
    return {one.url: one for one in map(_read, connection.execute(chosen))}


def due(connection: Connection, now: int, after: str = "", limit: int = 100) -> list[tuple[str, Seen]]:
    """Addresses to be called again, with their keys, in order of key behind ``after``."""
    chosen = _seen().add_columns(picture_sources.c.key)
    chosen = chosen.where(picture_sources.c.check_at <= now, picture_sources.c.key > after)
    rows = connection.execute(chosen.order_by(picture_sources.c.key).limit(limit))
    return [(row.key, _read(row)) for row in rows]


def read_picture(connection: Connection, digest: str) -> Picture | None:
    """A kept copy; None where there is none."""
    chosen = select(*_COLUMNS).where(pictures.c.sha256 == digest, pictures.c.state == "kept")
    row = connection.execute(chosen).one_or_none()
    return None if row is None else Picture(*row)


def forget(connection: Connection, urls: Sequence[str], now: int) -> None:
    """Take the copies away from these addresses, so that they are called again."""
    if urls:
        chosen = update(picture_sources).where(
            is_one_of(connection, picture_sources.c.key, [key_of(url) for url in urls])
        )
        connection.execute(chosen.values(sha256=None, code="lost", etag="", check_at=now))


def page(connection: Connection, after: str = "", limit: int = 1000) -> list[tuple[str, str, str, str, int]]:
    """Copies in order of digest: each with its form, its state, its claimer, and when it was brought last."""
    columns = (pictures.c.sha256, pictures.c.form, pictures.c.state, pictures.c.claimer, pictures.c.at)
    chosen = select(*columns).where(pictures.c.sha256 > after).order_by(pictures.c.sha256).limit(limit)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(chosen)]


def known(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Those of these digests for which there is a row, whatever its state."""
    if not digests:
        return set()
    chosen = select(pictures.c.sha256).where(is_one_of(connection, pictures.c.sha256, list(digests)))
    return set(connection.execute(chosen).scalars())


def drop(connection: Connection, digest: str) -> list[str]:
    """Forget a copy; the addresses that led to it."""
    led = select(picture_sources.c.url).where(picture_sources.c.sha256 == digest)
    urls = list(connection.execute(led).scalars())
    connection.execute(delete(pictures).where(pictures.c.sha256 == digest))
    return urls


def uploads(connection: Connection, before: int) -> list[str]:
    """The addresses of all that people uploaded before a time."""
    chosen = select(picture_sources.c.url).where(
        picture_sources.c.url.startswith(UPLOADED), picture_sources.c.fetched_at < before
    )
    return list(connection.execute(chosen.order_by(picture_sources.c.url)).scalars())


def mentioned(connection: Connection, urls: Sequence[str], *, history: bool = False) -> dict[str, list[int]]:
    """Those of these addresses that a value holds, each with its items; with ``history`` those that one ever held.

    Reads all values, so it is for what is done once a day.
    """
    if not urls:
        return {}
    by_text = {to_json(url): url for url in urls}
    held = select(field_values.c.data, field_values.c.item_id)
    rows = connection.execute(held.where(is_one_of(connection, field_values.c.data, list(by_text))))
    found: dict[str, list[int]] = {}
    for data, item_id in rows:
        found.setdefault(by_text[data], []).append(item_id)
    for url in urls if history else ():
        once = select(changes.c.item_id).where(changes.c.after.contains(url, autoescape=True)).limit(1)
        if url not in found and (item_id := connection.execute(once).scalar()) is not None:
            found[url] = [item_id]
    return found


def drop_seen(connection: Connection, urls: Sequence[str]) -> None:
    """Forget what came of these addresses."""
    if urls:
        keys = [key_of(url) for url in urls]
        connection.execute(delete(picture_sources).where(is_one_of(connection, picture_sources.c.key, keys)))


def unused(
    connection: Connection, before: int, limit: int = 100, only: str | None = None
) -> list[tuple[str, str]]:
    """Copies that no address leads to and nobody has brought since ``before``: digest and form; all, or one."""
    led = exists().where(picture_sources.c.sha256 == pictures.c.sha256)
    chosen = select(pictures.c.sha256, pictures.c.form).where(~led, pictures.c.at < before)
    if only is not None:
        chosen = chosen.where(pictures.c.sha256 == only)
    return [(row[0], row[1]) for row in connection.execute(chosen.order_by(pictures.c.sha256).limit(limit))]


def count(connection: Connection) -> Mapping[str, int]:
    """How many copies there are, and their bytes; how many addresses lead to none, by why."""
    number, size = connection.execute(select(func.count(), func.coalesce(func.sum(pictures.c.size), 0))).one()
    codes = select(picture_sources.c.code, func.count()).group_by(picture_sources.c.code)
    return {"copies": number, "bytes": size} | {row[0]: row[1] for row in connection.execute(codes)}


def _seen() -> Select[*tuple[Any, ...]]:
    joined = picture_sources.outerjoin(
        pictures, (pictures.c.sha256 == picture_sources.c.sha256) & (pictures.c.state == "kept")
    )
    return select(
        picture_sources.c.url, picture_sources.c.code, picture_sources.c.etag, picture_sources.c.failures,
        picture_sources.c.fetched_at, picture_sources.c.check_at, *_COLUMNS,
    ).select_from(joined)  # fmt: skip


def _read(row: Row[*tuple[Any, ...]]) -> Seen:
    url, code, etag, failures, fetched_at, check_at, *copy = row[:13]
    return Seen(url, code, Picture(*copy) if copy[0] else None, etag, failures, fetched_at, check_at)
