"""What a build tells while it runs and when it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from completist.catalog.generations import Source

Progress: TypeAlias = Callable[[int, int, int], None]  #: bytes done, bytes in all, records so far

#: Why a line was left out, by code, for people.
REASONS: Final = {
    "columns": "not five columns separated by TAB",
    "type": "a type that Open Library does not have",
    "other_type": "a type the catalogue does not keep",
    "key": "a key that does not fit its type",
    "json": "a record that is not valid JSON",
    "encoding": "not UTF-8",
    "nul": "a NUL byte",
    "too_long": "longer than 16 MiB",
    "target": "a redirect that leads nowhere",
    "cover": "a cover of impossible size",
    "language": "an edition in another language than asked for",
    "no_isbn": "an edition without an ISBN, as asked for",
    "unreferred": "a work or an author of editions that were left out",
}


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build came to."""

    generation: str
    editions: int
    works: int
    authors: int
    redirects: int
    deletes: int
    rejected: Mapping[str, int]  #: lines left out, by code of the reason (`REASONS`)
    seconds: float
    bytes: int  #: on disk
    sources: tuple[Source, ...] = field(default=())
    covers: int = 0  #: of which the size is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check came to; without faults, all is well."""

    generation: str
    looked_at: int  #: records, numbers and titles
    faults: tuple[str, ...]
    content: str = ""  #: the content's hash, when all was read: the same files give the same
