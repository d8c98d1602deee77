"""Flashcards: what they are made from, how a person stands to them, and the identity that survives every edit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from html import unescape

#: Marks around a deletion in the text of a cloze card: number, text, end. Taken out of whatever is read.
OPENS, PARTS, CLOSES = "\ue010", "\ue011", "\ue012"

#: What Anki itself makes guids of. https://github.com/ankitects/anki/blob/main/pylib/anki/utils.py
_BASE91 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-./:;<=>?@[]^_`{|}~"
_NAMESPACE = "completist.card:"
_GUID = 10

#: A character by its name or number, but for those that stand for markup, and for a space that does not break.
_NAMED = re.compile(r"&(?!(?:lt|gt|amp|nbsp);)(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
_MARKUP = "<>&\u00a0"


class Form(StrEnum):
    """How a card asks."""

    BASIC = "basic"  #: a front and a back
    CLOZE = "cloze"  #: a text with something left out


class CardState(StrEnum):
    """How a person stands to a card."""

    PENDING = "pending"  #: suggested; nobody has decided
    ACCEPTED = "accepted"  #: goes to Anki, and follows what it was made from
    EDITED = "edited"  #: likewise; what the person typed stays as it is
    DISCARDED = "discarded"  #: never suggested again
    RETIRED = "retired"  #: what it was made from is gone


#: The states in which a card goes to Anki.
WANTED = frozenset({CardState.ACCEPTED, CardState.EDITED})

#: The parts of a card that a person may type, by its form.
PARTS_OF: Mapping[Form, tuple[str, ...]] = {
    Form.BASIC: ("front", "back", "extra"),
    Form.CLOZE: ("text", "extra"),
}


@dataclass(frozen=True, slots=True)
class Finished:
    """A card as it goes out: its parts as HTML in which nothing of the repository is markup.

    ``modified`` is in seconds and grows with every change; never the time of export.
    """

    uid: str
    form: Form
    parts: Mapping[str, str]
    deck: str
    tags: tuple[str, ...]
    source: str  #: where it comes from: path:line@commit
    pipeline: str
    modified: int
    retired: bool = False  #: goes out once more, so that it can be found and deleted

    @property
    def guid(self) -> str:
        """Under which Anki knows it."""
        return guid(self.uid)


def guid(uid: str) -> str:
    """Ten characters that stand for a card for ever, whatever becomes of its text."""
    number = int.from_bytes(sha256(f"{_NAMESPACE}{uid}".encode()).digest())
    letters = []
    for _ in range(_GUID):
        number, place = divmod(number, len(_BASE91))
        letters.append(_BASE91[place])
    return "".join(letters)


def constant_id(name: str) -> int:
    """A number for a deck or a note type, the same wherever and whenever it is computed: at least 2^31, below 2^52."""
    return 2**31 + int.from_bytes(sha256(f"{_NAMESPACE}{name}".encode()).digest()[:6]) % 2**51


def modified_at(before: int, now: int) -> int:
    """The modification time in seconds of a card that changes at ``now`` (ms): later than the one before."""
    return max(before + 1, now // 1000)


def deleted(number: int, text: str) -> str:
    """``text`` as the deletion ``number`` of a cloze card."""
    return f"{OPENS}{number}{PARTS}{text}{CLOSES}"


def without_marks(text: str) -> str:
    """``text`` without the marks of deletions, so that no repository can make any."""
    return text.translate({ord(mark): None for mark in (OPENS, PARTS, CLOSES)})


def as_kept(text: str) -> str:
    """The one form of all ways to write the same HTML: Anki's editor writes a field anew as soon as it has shown it."""

    def read(found: re.Match[str]) -> str:
        char = unescape(found[0])
        return found[0] if char in _MARKUP else char

    said = _NAMED.sub(read, unicodedata.normalize("NFC", text)).replace("\u00a0", "&nbsp;")
    return said.replace(" />", ">").replace("/>", ">").strip()
