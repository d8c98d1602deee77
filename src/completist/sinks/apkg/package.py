"""The package: a collection and no media, in a zip file without a time of its own."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from completist.domain.cards import Finished
from completist.sinks.apkg.collection import write_collection

#: The oldest time that a zip file can say.
_NO_TIME = (1980, 1, 1, 0, 0, 0)

#: Bytes of a package that goes through AnkiConnect, a megabyte in base64: its upload takes quadratic time.
MOST = 750_000

#: Letters of cards that come to about as much as a rule.
LETTERS = 2_000_000


def write_package(cards: Sequence[Finished]) -> bytes:
    """Cards as an .apkg file: the same cards, the same bytes, whenever it is written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "collection.anki2"
        write_collection(path, cards)
        collection = path.read_bytes()
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, body in (("collection.anki2", collection), ("media", b"{}")):
            info = ZipInfo(name, _NO_TIME)
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, body)
    return packed.getvalue()


def packages(cards: Sequence[Finished], most: int = MOST) -> Iterator[tuple[Sequence[Finished], bytes]]:
    """Cards in packages of at most ``most`` bytes, each with what it holds; a card that is larger goes by itself."""
    for part in _parts(cards):
        yield from _halved(part, most)


def _halved(cards: Sequence[Finished], most: int) -> Iterator[tuple[Sequence[Finished], bytes]]:
    body = write_package(cards)
    if len(body) <= most or len(cards) == 1:
        yield cards, body
        return
    middle = len(cards) // 2
    yield from _halved(cards[:middle], most)
    yield from _halved(cards[middle:], most)


def _parts(cards: Sequence[Finished]) -> Iterator[list[Finished]]:
    part: list[Finished] = []
    size = 0
    for card in cards:
        own = sum(len(text) for text in card.parts.values()) + 400
        if part and size + own > LETTERS:
            yield part
            part, size = [], 0
        part.append(card)
        size += own
    if part:
        yield part
