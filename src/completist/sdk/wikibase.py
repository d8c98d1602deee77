"""Entities of Wikidata, read: names, statements, dates (https://www.mediawiki.org/wiki/Wikibase/DataModel/JSON).

Nothing here raises: what has another form than expected is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from completist.domain.fields import Data
from completist.sdk.jsondata import text as said
from completist.sdk.provider import Record
from completist.sdk.texts import heading, tidy
from completist.sdk.wikidata import LANGUAGES, is_item

#: A picture of Wikimedia Commons in JPEG or PNG whatever it was uploaded as, at most 1,000 pixels wide.
PICTURE = "https://commons.wikimedia.org/wiki/Special:FilePath/{}?width=1000"

_TIME = re.compile(r"([+-])0*(\d{1,4})-(\d\d)-(\d\d)T.*", re.ASCII)
_DAY, _MONTH, _YEAR, _DECADE, _CENTURY = 11, 10, 9, 8, 7  #: precisions
_CIRCA = "Q5727902"
_NATURE = "P1480"  #: sourcing circumstances


def number(entity: Record) -> str:
    """The id of an entity, empty when it has none: ``Q42``."""
    told = entity.get("id")
    return told if isinstance(told, str) and is_item(told) else ""


def statements(entity: Record, name: str) -> list[Record]:
    """What an entity says of a property, as far as nothing else is preferred to it and it is not withdrawn."""
    claims = entity.get("claims")
    said = claims.get(name) if isinstance(claims, dict) else None
    told = [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []
    preferred = [each for each in told if each.get("rank") == "preferred"]
    return preferred or [each for each in told if each.get("rank") != "deprecated"]


def value(statement: Mapping[str, Data]) -> Data:
    """What a statement says; None for "nothing" and "somebody unknown", too."""
    return _value(statement.get("mainsnak"))


def texts(entity: Record, name: str) -> list[str]:
    """The texts, external ids and titles of a property."""
    return list(dict.fromkeys(text for each in statements(entity, name) if (text := _text(value(each)))))


def items(entity: Record, name: str) -> list[str]:
    """The ids of the items of a property."""
    return list(dict.fromkeys(item for each in statements(entity, name) if (item := item_of(value(each)))))


def item_of(data: Data) -> str:
    """The id of the item that a value names; empty when it names none."""
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


def whole(entity: Record, name: str) -> int | None:
    """The one number above 0 that an entity says of a property."""
    told = {_amount(value(each)) for each in statements(entity, name)}
    return told.pop() if len(told) == 1 else None


def qualifier(statement: Mapping[str, Data], name: str) -> Data:
    """The first value of a qualifier."""
    qualifiers = statement.get("qualifiers")
    snaks = qualifiers.get(name) if isinstance(qualifiers, dict) else None
    return _value(snaks[0]) if isinstance(snaks, list) and snaks else None


def dates(entity: Record, name: str) -> list[str]:
    """The dates of a property as EDTF, each as exact as it is meant: ``1832-01-27``, ``1832``, ``18XX``, ``1832~``.

    Years before ours are counted as historians do (``-0043`` is 43 BC), and dates of the Julian calendar stay such:
    so they stand in every other catalogue.
    """
    return list(dict.fromkeys(date for each in statements(entity, name) if (date := _date(each))))


def agreed(told: Sequence[str]) -> str | None:
    """The one date that several sources mean: the most exact if all others say the same, else their common year."""
    if not told:
        return None
    longest = max(told, key=len)
    if all(longest.startswith(each) for each in told):
        return longest
    years = {each[:5] if each.startswith("-") else each[:4] for each in told}
    year = years.pop()
    return year if not years and year.lstrip("-").isdecimal() else None


def label(entity: Record, languages: Iterable[str] = LANGUAGES) -> str:
    """The name of an entity in the first of these languages in which it has one."""
    return next(iter(labels(entity, languages)), "")


def labels(entity: Record, languages: Iterable[str] = LANGUAGES) -> list[str]:
    """The names of an entity in these languages, each once."""
    named = entity.get("labels")
    told = (named.get(each) for each in languages) if isinstance(named, dict) else ()
    return list(dict.fromkeys(name for each in told if (name := heading(_text(each)))))


def aliases(entity: Record, languages: Iterable[str] = LANGUAGES) -> list[str]:
    """Further names of an entity."""
    named = entity.get("aliases")
    lists = [named.get(each) for each in languages] if isinstance(named, dict) else []
    told = [each for names in lists if isinstance(names, list) for each in names]
    return list(dict.fromkeys(name for each in told if (name := heading(_text(each)))))


def description(entity: Record) -> str:
    """What tells an entity from its namesakes: "English novelist (1832-1898)"."""
    described = entity.get("descriptions")
    return tidy(_text(described.get("en"))) if isinstance(described, dict) else ""


def picture(entity: Record, name: str = "P18") -> str | None:
    """The address of the picture of an entity."""
    return next(
        (PICTURE.format(quote(file.replace(" ", "_"), safe="")) for file in texts(entity, name)), None
    )


def identifiers(entity: Record, name: str, form: re.Pattern[str]) -> list[Data]:
    """The ids of a property that have their form once blanks are gone."""
    told: Iterator[str] = ("".join(text.split()) for text in texts(entity, name))
    return list(dict.fromkeys(text for text in told if form.fullmatch(text)))


def _value(snak: Data) -> Data:
    held = (
        snak.get("datavalue") if isinstance(snak, dict) and snak.get("snaktype", "value") == "value" else None
    )
    return held.get("value") if isinstance(held, dict) else None


def _text(data: Data) -> str:
    """A text, or that of a name or title in a language."""
    if isinstance(data, dict):
        data = data.get("text", data.get("value"))
    return said(data).strip() if isinstance(data, str) else ""


def _amount(data: Data) -> int | None:
    amount = data.get("amount") if isinstance(data, dict) else None
    digits = amount.removeprefix("+") if isinstance(amount, str) else ""
    return int(digits) or None if digits.isascii() and digits.isdecimal() and len(digits) < 7 else None  # noqa: PLR2004 - nothing here has a million


def _date(statement: Mapping[str, Data]) -> str | None:
    told = value(statement)
    time = told.get("time") if isinstance(told, dict) else None
    found = _TIME.fullmatch(time) if isinstance(time, str) else None
    date = _as_exact(found, told.get("precision")) if found and isinstance(told, dict) else None
    circa = item_of(qualifier(statement, _NATURE)) == _CIRCA
    return f"{date}~" if date and circa and "X" not in date else date


def _as_exact(time: re.Match[str], precision: Data) -> str | None:
    sign = time[1].removeprefix("+")
    count, month, day = (int(time[at]) for at in (2, 3, 4))
    if not count:
        return None
    year = f"{sign}{count:04}"
    if precision == _DAY and month and day:
        return f"{year}-{month:02}-{day:02}"
    if precision in (_DAY, _MONTH) and month:
        return f"{year}-{month:02}"
    if precision in (_DAY, _MONTH, _YEAR):
        return year
    if precision == _DECADE:
        return f"{year[:-1]}X"
    # A century is told by any of its years, the last one too: 1900 belongs to the nineteenth.
    return f"{sign}{(count - 1) // 100:02}XX" if precision == _CENTURY else None
