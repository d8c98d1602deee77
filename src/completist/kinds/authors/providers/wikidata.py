"""Wikidata, asked about authors: by its own ids, and by those of Open Library, VIAF and ISNI."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from completist.kinds.authors.providers.wikidata_records import FILLS, KEPT, SCHEMES, candidate
from completist.sdk.adapter import Adapter, AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.halving import in_two_steps, paged
from completist.sdk.jsondata import texts
from completist.sdk.provider import Http, Provider, Record, Refused
from completist.sdk.wikidata import BATCH, WIKIDATA, entities, is_item, literals, select

OWN = "wikidata"
#: What an author may be known by, the most certain first.
ASKED_BY = (OWN, "olid_author", "viaf", "isni")

_QUERY = "SELECT ?said ?person WHERE { VALUES ?said { %s } ?person wdt:%s ?said . }"
_GROUPS = re.compile(r"(.{4})(?=.)")


class WikidataAuthors:
    """Wikidata for pipeline ``author-metadata``. Names alone are not asked about: they are anybody's."""

    provider: Provider = WIKIDATA
    fills = FILLS

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """One round for each scheme in which the author is known; see `Adapter.rounds`."""
        each = ([Question(scheme, text) for text in _ids(scheme, subject)] for scheme in ASKED_BY)
        return [questions for questions in each if questions]

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """One query for all, then the entities that it named; see `Adapter.ask`."""
        if not questions:
            return {}
        found = paged(partial(_led_to, http), questions, lambda question: question.key, BATCH)
        return await in_two_steps(found, partial(_completed, http), questions, lambda question: question.key)

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`."""
        del question
        return [Reading(found) for each in records if (found := candidate(each))]


def _ids(scheme: str, subject: Subject) -> Iterable[str]:
    told = dict.fromkeys("".join(text.split()) for text in texts(subject.values.get(scheme)))
    return [text for text in told if _fits(scheme, text)]


def _fits(scheme: str, text: str) -> bool:
    return is_item(text) if scheme == OWN else SCHEMES[scheme][1].fullmatch(text) is not None


async def _led_to(http: Http, questions: Sequence[Question]) -> dict[Question, list[Record]]:
    """The ids that each question leads to."""
    scheme = questions[0].scheme
    fitting = {question.text: question for question in questions if _fits(scheme, question.text)}
    found: dict[Question, list[Record]] = {question: [] for question in questions}
    if scheme == OWN:
        return found | {question: [{"id": text}] for text, question in fitting.items()}
    if fitting:
        written = [form for text in fitting for form in _written(scheme, text)]
        for row in await select(http, _QUERY % (literals(written), SCHEMES[scheme][0])):
            question = fitting.get("".join(row.get("said", "").split()))
            person: Record = {"id": row.get("person", "")}
            if question is not None and person not in found[question]:
                found[question].append(person)
    return found


def _written(scheme: str, text: str) -> tuple[str, ...]:
    """An id as it may stand there: an ISNI with and without blanks between its groups of four."""
    return (text, _GROUPS.sub(r"\1 ", text)) if scheme == "isni" else (text,)


async def _completed(http: Http, found: Mapping[Question, list[Record]]) -> dict[Question, list[Record]]:
    """Records of entities in the place of those of ids."""
    ids = [item for told in found.values() for each in told if isinstance(item := each.get("id"), str)]
    try:
        known = await entities(http, ids, KEPT)
    except Refused as refused:
        raise _keeping(refused, found) from None
    return {question: _known(told, known) for question, told in found.items()}


def _known(told: Sequence[Record], known: Mapping[str, Record]) -> list[Record]:
    found = (known.get(str(each.get("id"))) for each in told)
    return [entity for entity in found if entity is not None]


def _keeping(refused: Refused, found: Mapping[Question, Sequence[Record]]) -> Refused:
    """The refusal with what needs no entity: that nothing is known, and with whose all are there."""
    known = {item: records[0] for item, records in refused.partial.items() if records}
    answered = {
        question.key: _known(told, known)
        for question, told in found.items()
        if all(str(each.get("id")) in refused.partial for each in told)
    }
    return Refused(refused.outcome, refused.after, refused.code, answered)


def _make(_key: Key) -> Adapter:
    return WikidataAuthors()


PLAN = AdapterPlan(
    "wikidata",
    "Wikidata",
    "author-metadata",
    _make,
    probe=Question(OWN, "Q42"),
    calls=16,
    search=0,
)
