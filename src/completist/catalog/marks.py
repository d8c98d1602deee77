"""Numbers that others gave to editions, and how the catalogue files them: LCCN, OCLC, Goodreads.

Rules: https://www.loc.gov/marc/lccn-namespace.html and https://help.oclc.org (OCLC control numbers): both are written
with prefixes, hyphens and zeros that mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from completist.sdk.catalogue import Edition

Scheme: TypeAlias = Literal["lccn", "oclc", "goodreads"]
SCHEMES: Final[tuple[Scheme, ...]] = ("lccn", "oclc", "goodreads")

_BASE: Final[Mapping[str, int]] = {scheme: number << 30 for number, scheme in enumerate(SCHEMES)}
_MASK: Final = 2**30 - 1
_LCCN = re.compile(r"([a-z]{0,3})(\d{2}|\d{4})-(\d{1,6})")
_OCLC = re.compile(r"(?:\(ocolc\))?(?:ocm|ocn|on)?0*(\d+)")


def place(scheme: Scheme, text: str) -> int:
    """The place of a number in the index; two numbers may share one, so whoever looks up compares (`plain`)."""
    if text.isdecimal() and text[0] != "0" and text.isascii():  # as nearly all stand there
        return _BASE[scheme] | (int(text[:18]) & _MASK)
    text = plain(scheme, text)
    if not text.isdecimal():
        return _BASE[scheme] | (crc32(text.encode(errors="replace")) & _MASK)
    return _BASE[scheme] | (int(text[:18]) & _MASK)


def plain(scheme: Scheme, text: str) -> str:
    """A number as it is compared; empty when there is nothing in it."""
    bare = "".join(text.split()).lower()
    if scheme == "oclc":
        found = _OCLC.fullmatch(bare)
        return found[1] if found else bare
    if scheme == "lccn":
        bare = bare.partition("/")[0]
        found = _LCCN.fullmatch(bare)
        bare = f"{found[1]}{found[2]}{found[3]:0>6}" if found else bare
    return bare.lstrip("0") if scheme == "goodreads" else bare


def parse(text: str) -> tuple[Scheme, str] | None:
    """Scheme and number of ``oclc:12345``; None when it is none of those."""
    name, _, number = text.partition(":")
    scheme = next((each for each in SCHEMES if each == name.strip().lower()), None)
    return (scheme, number) if scheme is not None and plain(scheme, number) else None


def of(edition: Edition, scheme: Scheme) -> Sequence[str]:
    """The numbers of that scheme in an edition's record."""
    if scheme == "lccn":
        return edition.lccn
    if scheme == "oclc":
        return edition.oclc
    return edition.identifiers.get(scheme, ())


def places(lccn: Sequence[str], oclc: Sequence[str], goodreads: Sequence[str]) -> list[int]:
    """The places of all numbers of an edition."""
    found = []
    for text in lccn:
        found.append(place("lccn", text))  # noqa: PERF401  a comprehension is a call more, for every line of a dump
    for text in oclc:
        found.append(place("oclc", text))  # noqa: PERF401  likewise
    for text in goodreads:
        found.append(place("goodreads", text))  # noqa: PERF401  likewise
    return found
