"""Series statements: the free text of catalogue records that names a series and a place in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from completist.sdk.texts import tidy


class Series(NamedTuple):
    """A series and, where known, the place of the book in it: ``3``, ``0.5``, ``1-3``."""

    name: str
    position: str | None


_VOLUME = (
    r"(?:bks?|books?|nos?|nr|num|number|vols?|volumes?|v|pts?|parts?|episode"
    r"|bd|band|buch|tome|tomo|t|teil|deel|libro)"
)
#: Up to three digits: numbers above belong to publishers' lists, not to stories.
_NUMBER = r"(\d{1,3}(?:\.\d{1,2})?(?:\s*[-\u2013]\s*\d{1,3})?)"
_NUMBERED = re.compile(
    rf"(.+?)(?:(?:\s*(?:--|[;,:(\u2013\u2014])\s*|\s+){_VOLUME}(?![a-z])\.?\s*#?|\s*(?:--|[;,(])\s*#?|\s*#)"
    rf"\s*{_NUMBER}\s*\)?[.,;\s]*",
    re.IGNORECASE,
)
_NUMBER_ALONE = re.compile(rf"[(#\s]*(?:{_VOLUME}\.?\s*#?)?\s*{_NUMBER}[\s).,;]*", re.IGNORECASE)
_LAST_WORD = re.compile(r"\s*\(?\bseries\)?$", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|a|an)\s+", re.IGNORECASE)

#: Words by which publishers name their lists. A list says nothing about the book: "Penguin classics ; 12".
_PUBLISHERS_LIST = re.compile(
    r"""\b(?:
      classics? | librar(?:y|ies) | editions? | bunko | bibliothe[ck]a? | biblioth[eè]que
      | biblioteca | taschenb(?:uch|ücher) | poche | handbooks? | paperbacks? | texts? | textbooks?
      | guides? | studies | papers | reports? | transactions | proceedings | lectures? | monographs?
      | publications? | collections? | collezione | collana | colecci[oó]n | cole[cç][aã]o | reihe
      | schriften | outlines? | masterpieces | reprints? | golden[ ]books? | beginner[ ]books?
      | step[ ]into[ ]reading | i[ ]can[ ]read | large[ ]print | world's[ ]best | bestsellers? | dover
      | everyman(?:'s)? | penguin | puffin | vintage | signet | bantam | picador | virago | rororo
      | reclam | suhrkamp | harlequin | silhouette | mills[ ](?:&|and)[ ]boon | book[ ]apart
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def story_series(work: Sequence[str], edition: Sequence[str] = ()) -> Series | None:
    """The series that the story belongs to, out of the statements of its work and of one edition.

    A numbered statement counts, the work's before the edition's; one without a number counts when the work
    makes it, since editions mostly name their publisher's list. Publishers' lists never count.
    """
    if not work and not edition:
        return None
    said = [(series, True) for series in _statements(work)] + [
        (series, False) for series in _statements(edition)
    ]
    for series, _ in said:
        if series.position:
            return series
    return next((series for series, of_work in said if of_work), None)


def _statements(texts: Iterable[str]) -> Iterator[Series]:
    for text in _joined(texts):
        series = statement(text)
        if series is not None and not _PUBLISHERS_LIST.search(series.name):
            yield series


def _joined(texts: Iterable[str]) -> list[str]:
    """Put a number that is an entry of its own behind the name before it: ``Culture,`` and ``v[3]``."""
    joined: list[str] = []
    for text in texts:
        bare = text.replace("[", "").replace("]", "")
        if joined and _NUMBER_ALONE.fullmatch(bare):
            joined[-1] = f"{joined[-1]} ; {bare}"
        else:
            joined.append(text)
    return joined


@lru_cache(maxsize=8192)
def statement(text: str) -> Series | None:
    """Name and number of one statement: ``The Belgariad ; bk. 2``, ``Culture -- 3``, ``Discworld #5``."""
    line = tidy(text.replace("[", "").replace("]", ""))
    if line.startswith("(") and line.endswith(")"):
        line = line[1:-1]
    found = _NUMBERED.fullmatch(line)
    name = _name(found[1] if found else line)
    if not any(c.isalpha() for c in name):
        return None
    return Series(name, _position(found[2]) if found else None)


def _name(text: str) -> str:
    name = text.strip(" ,;:.(-")
    shorter = _LAST_WORD.sub("", name).rstrip(" ,;:.(-")
    return shorter if _ARTICLE.sub("", shorter + " ").strip() else name


def _position(number: str) -> str:
    parts = re.split(r"\s*[-\u2013]\s*", number)
    return "-".join(part.lstrip("0") if part.strip("0").isdecimal() else _decimal(part) for part in parts)


def _decimal(text: str) -> str:
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")
