"""Entities of Wikidata as candidates for an author.

Properties: https://www.wikidata.org/wiki/Wikidata:List_of_properties/people
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from completist.domain.fields import Data, Level, is_empty
from completist.domain.matching import Candidate
from completist.kinds.authors.records import REMOTE, lifetime
from completist.sdk import wikibase
from completist.sdk.provider import Record
from completist.sdk.texts import heading

PROVIDER = "wikidata"

_BORN, _DIED = "P569", "P570"
#: Pseudonym, name at birth, and the name in the person's own language.
_OTHER_NAMES = ("P742", "P1477", "P1559")
_MOST_NAMES = 20

#: By scheme: the property, and the form of its ids without blanks.
SCHEMES: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "olid_author": ("P648", re.compile(r"OL[1-9]\d{0,11}A", re.ASCII)),
    "viaf": ("P214", REMOTE["viaf"][1]),
    "isni": ("P213", REMOTE["isni"][1]),
    "lc_naf": ("P244", REMOTE["lc_naf"][1]),
    "goodreads_author": ("P2963", REMOTE["goodreads"][1]),
    "librarything_author": ("P7400", REMOTE["librarything"][1]),
}
FILLS = frozenset({"name", "alternate_names", "birth_date", "death_date", "photo", "wikidata", *SCHEMES})
KEPT = frozenset({
    "P31", "P18", _BORN, _DIED, *_OTHER_NAMES, *(name for name, _ in SCHEMES.values()), "P27", "P106", "P227", "P268",
})  # fmt: skip


def candidate(entity: Record) -> Candidate | None:
    """The person of an entity; None when it has no name.

    What Wikidata calls a description tells namesakes apart, and is no biography: it stands beside the years.
    """
    number, named = wikibase.number(entity), wikibase.labels(entity)
    if not number or not named:
        return None
    name = named[0]
    fields: dict[str, Data] = {
        "name": name,
        "alternate_names": _others(entity, named),
        "birth_date": wikibase.agreed(wikibase.dates(entity, _BORN)),
        "death_date": wikibase.agreed(wikibase.dates(entity, _DIED)),
        "photo": wikibase.picture(entity),
        "wikidata": [number],
        **{scheme: wikibase.identifiers(entity, *ids) for scheme, ids in SCHEMES.items()},
    }
    said = {name: data for name, data in fields.items() if not is_empty(data)}
    about = ", ".join(filter(None, (wikibase.description(entity), lifetime(said))))
    return Candidate(PROVIDER, number, Level.WORK, name, about, _year(said.get("birth_date")), fields=said)


def _others(entity: Record, named: list[str]) -> list[Data]:
    stated = [heading(text) for name in _OTHER_NAMES for text in wikibase.texts(entity, name)]
    told = dict.fromkeys([*stated, *named[1:], *wikibase.aliases(entity)])
    others: list[Data] = [name for name in told if name and name != named[0]]
    return others[:_MOST_NAMES]


def _year(date: Data) -> int | None:
    return int(date[:4]) if isinstance(date, str) and date[:4].isdecimal() else None
