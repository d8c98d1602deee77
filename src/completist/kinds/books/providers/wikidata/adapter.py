"""Wikidata, asked about books: for editions by ISBN, and for works by their Open Library keys.

ISBNs stand there with hyphens, and only on items of editions: a work that carries one is mistaken for an edition,
as Inventaire (https://inventaire.io), which reads Wikidata in the same way, has it, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from stdnum import isbn as stdnum_isbn

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.kinds.books.identifiers import isbn10, isbn13
from completist.kinds.books.providers.questions import ISBN, by_identifier, by_isbn, rounds
from completist.kinds.books.providers.wikidata import records as wikidata_records
from completist.kinds.books.providers.wikidata.records import (
    EDITION_OF,
    FILLS,
    INSTANCE_OF,
    KEPT,
    KEPT_OF_NAMED,
    WORKS,
)
from completist.sdk import wikibase
from completist.sdk.adapter import Adapter, AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.halving import Gathering, in_two_steps, paged
from completist.sdk.provider import Http, Provider, Record, Refused
from completist.sdk.wikidata import BATCH, WIKIDATA, entities, literals, select

WORK_KEY = "olid_work"

_KEY = re.compile(r"OL[1-9]\d{0,11}W", re.ASCII)
_BY_ISBN = """
SELECT ?said ?edition ?work WHERE {
  { VALUES ?said { %s } ?edition wdt:P212 ?said . } UNION { VALUES ?said { %s } ?edition wdt:P957 ?said . }
  ?edition wdt:P629 ?work .
}
"""
_BY_KEY = "SELECT ?said ?work WHERE { VALUES ?said { %s } ?work wdt:P648 ?said . }"


class WikidataBooks:
    """Wikidata for pipeline ``book-metadata``."""

    provider: Provider = WIKIDATA
    fills = FILLS

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its editions, else its work; see `Adapter.rounds`. Titles are not searched for: that is Inventaire's."""
        return rounds(by_isbn(subject), by_identifier(subject, WORK_KEY))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """One query for all, then the entities that it named; see `Adapter.ask`."""
        if not questions:
            return {}
        found = paged(partial(_led_to, http), questions, lambda question: question.key, BATCH)
        return await in_two_steps(found, partial(_completed, http), questions, lambda question: question.key)

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`."""
        read = wikidata_records.editions if question.scheme == ISBN else wikidata_records.works
        return [reading for each in records for reading in read(each)]


async def _led_to(http: Http, questions: Sequence[Question]) -> dict[Question, list[Record]]:
    """The ids that each question leads to: an edition with its works, or a work."""
    found: dict[Question, list[Record]] = {question: [] for question in questions}
    by_text = {question.text: question for question in questions}
    by_isbn = questions[0].scheme == ISBN
    if not (query := _query(by_text, by_isbn=by_isbn)):
        return found
    rows = await select(http, query)
    for row in rows:
        said = row.get("said", "")
        question = by_text.get((isbn13(said) or "") if by_isbn else said)
        if question is not None and "work" in row:
            _add(found[question], row.get("edition"), row["work"])
    if rows and not any(found.values()):
        raise Refused(Outcome.BAD_RESPONSE, code="other_identifiers")
    return found


def _add(told: list[Record], edition: str | None, work: str) -> None:
    """One more work; of an edition that is there already, its next one."""
    if edition is None:
        told.append({"work": work})
        return
    same = next((each for each in told if each.get("edition") == edition), None)
    if same is None:
        told.append({"edition": edition, "works": [work]})
    elif isinstance(works := same["works"], list) and work not in works:
        works.append(work)


def _query(texts: Iterable[str], *, by_isbn: bool) -> str:
    """The query for identifiers; empty when none of them is one."""
    if not by_isbn:
        keys = [text for text in texts if _KEY.fullmatch(text)]
        return _BY_KEY % literals(keys) if keys else ""
    isbns = [isbn for text in texts if (isbn := isbn13(text)) == text]
    long = [hyphenated(isbn) for isbn in isbns]
    short = [_shortened(isbn, grouped) for isbn, grouped in zip(isbns, long, strict=True)]
    return _BY_ISBN % (literals(long), literals(each for each in short if each)) if isbns else ""


def hyphenated(isbn: str) -> str:
    """An ISBN-13 in its five groups: ``978-3-518-36854-1``."""
    return str(stdnum_isbn.format(isbn))


def _shortened(isbn: str, grouped: str) -> str:
    """The ISBN-10 of an ISBN-13 in the same groups."""
    short = isbn10(isbn)
    return f"{grouped.removeprefix('978-')[:-1]}{short[-1]}" if short else ""


async def _completed(http: Http, found: Mapping[Question, list[Record]]) -> dict[Question, list[Record]]:
    """Records of entities in the place of those of ids.

    Raises:
        Refused: Entities are missing; ``partial`` holds what needs none of them.
    """
    step = Gathering()
    ids = [item for told in found.values() for each in told for item in _items(each)]
    known = await step.take(ids, lambda wanted: entities(http, wanted, KEPT))
    mentioned = [item for entity in known.values() for item in _mentioned(entity)]
    named = await step.take(mentioned, lambda wanted: entities(http, wanted, KEPT_OF_NAMED))
    whole = {
        question: [one for each in told if (one := _whole(each, known, named))]
        for question, told in found.items()
    }
    needs = {question: _needed(told, known) for question, told in found.items()}
    return step.checked(whole, needs, lambda question: question.key)


def _needed(told: Iterable[Record], known: Mapping[str, Record]) -> Iterator[str]:
    """All the items that records are made of."""
    for item in (item for each in told for item in _items(each)):
        yield item
        yield from _mentioned(known.get(item, {}))


def _items(told: Record) -> Iterator[str]:
    works = told.get("works")
    for item in (told.get("edition"), told.get("work"), *(works if isinstance(works, list) else ())):
        if isinstance(item, str):
            yield item


def _mentioned(entity: Record) -> Iterator[str]:
    """Those whose names an entity is described with."""
    for name in (*wikidata_records.OTHERS, *wikidata_records.NAMED):
        yield from wikibase.items(entity, name)


def _whole(told: Record, known: Mapping[str, Record], named: Mapping[str, Record]) -> Record:
    """An edition with its works, or a work, with all who are named there; empty for what is none."""
    own = {item: known[item] for item in _items(told) if item in known}
    mentioned: dict[str, Data] = {
        item: named[item] for entity in own.values() for item in _mentioned(entity) if item in named
    }
    if "edition" not in told:
        work = own.get(str(told.get("work")), {})
        return {"work": work, "named": mentioned} if work and not wikibase.items(work, EDITION_OF) else {}
    edition = own.pop(str(told["edition"]), {})
    if not edition or WORKS.intersection(wikibase.items(edition, INSTANCE_OF)):
        return {}
    works: dict[str, Data] = dict(own)
    return {"edition": edition, "works": works, "named": mentioned}


def _make(_key: Key) -> Adapter:
    return WikidataBooks()


PLAN = AdapterPlan(
    "wikidata",
    "Wikidata",
    "book-metadata",
    _make,
    probe=Question(WORK_KEY, "OL27482W"),
    calls=8,
    search=0,
)
