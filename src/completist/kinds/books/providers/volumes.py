"""Volumes: editions as booksellers describe them, with everything in the title and everybody among the authors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from completist.domain.fields import Data
from completist.domain.matching import Candidate
from completist.kinds.books.matching.decision import agree
from completist.kinds.books.matching.titles import parse_title
from completist.kinds.books.providers.offering import names, series_fields
from completist.kinds.books.sources.cells import direct
from completist.sdk.texts import heading

_ASIDE = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")
#: Behind a name: what somebody did. In brackets it may be shortened, behind a comma only names are.
_PART = re.compile(
    r"""(?:\s*[(\[]\s*(?:\w+\s+)?(?:(?P<author>(?:co-?)?authors?|writers?)|trans\.?|illus\.?|eds?\.?|photographs
          |contributors?|artist|designer|reader|preface|foreword|introduction|afterword|illustrations|translation
          |(?:translators?|illustrators?|editors?|narrators?|photographers?|adapt[eo]rs?|compilers?)
        )\s*[)\]]
       |(?:,|\s-)\s+(?:translators?|illustrators?|editors?|narrators?|photographers?|compilers?)\.?
      )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Behind a comma: what makes the name that of a company, which has no first name.
_COMPANY = re.compile(r",\s*(?:inc|ltd|llc|corp|co|gmbh|plc|staff|editors)\b\.?", re.IGNORECASE)


def title_fields(title: str, subtitle: str = "") -> dict[str, Data]:
    """Title and subtitle without the series that they name, which becomes a field with the place in it."""
    line, below = heading(title), heading(subtitle)
    parsed = parse_title(line, below)
    aside = _ASIDE.search(line)
    if aside is not None and aside.start() and parsed.series and parsed.series in aside[1]:
        line = heading(line[: aside.start()])
    return {"title": line, "subtitle": below, **series_fields(parsed.series, parsed.position)}


def people(said: Iterable[str]) -> dict[str, Data]:
    """The fields ``authors`` and ``contributors``, out of names with or without what each did."""
    authors: list[str] = []
    others: list[str] = []
    for text in said:
        part = _PART.search(text)
        name = text[: part.start()] if part else text
        name = heading(name if _COMPANY.search(name) else direct(name.strip(" ,;")))
        (others if part and not part["author"] else authors).append(name)
    written = names(authors)
    return {"authors": written, "contributors": names(others, [str(name) for name in written])}


def fullest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates, each record once, those first that say most."""
    by_record = {each.record: each for each in candidates}
    return sorted(by_record.values(), key=lambda each: -len(each.fields))


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The same without those that are another one of them once more."""
    kept: list[Candidate] = []
    for candidate in fullest(candidates):
        if not any(_same(each.fields, candidate.fields) for each in kept):
            kept.append(candidate)
    return kept


def _same(one: Mapping[str, Data], two: Mapping[str, Data]) -> bool:
    return agree(one, two) and agree(two, one)
