"""Editions and works of Open Library put together with what they name, out of as few requests as that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from completist.kinds.books.providers.openlibrary.documents import Documents, bare, target
from completist.kinds.books.providers.openlibrary.records import (
    author_keys,
    edition_record,
    work_keys,
    work_record,
)
from completist.sdk.adapter import Question
from completist.sdk.halving import keeping
from completist.sdk.jsondata import records, text
from completist.sdk.provider import Record, Refused


async def completed(
    documents: Documents, found: Mapping[Question, Sequence[Record]]
) -> dict[Question, list[Record]]:
    """The editions found under each question, with their works and authors.

    Raises:
        Refused: Some could not be completed; ``partial`` holds those that could.
    """
    editions = [edition for each in found.values() for edition in each]
    anonymous = {key for edition in editions if not author_keys(edition) for key in work_keys(edition)}

    def people(document: Record) -> Iterable[str]:
        if bare(document.get("key")) not in anonymous:
            return ()
        anonymous.add(target(document))
        return _unnamed(document)

    needed = [key for edition in editions for key in (*work_keys(edition), *_unnamed(edition))]
    return await _answers(
        documents, needed, people, found, lambda question: _whole(documents, found[question])
    )


async def by_keys(documents: Documents, questions: Sequence[Question]) -> dict[Question, list[Record]]:
    """The editions or works of Open Library's own keys, with works and authors.

    Raises:
        Refused: Some could not be fetched; ``partial`` holds those that could.
    """

    def view(question: Question) -> list[Record] | None:
        document = documents.leads_to(question.text)
        if document is None:
            return None
        same = bare(document.get("key"))[-1:] == question.text[-1:]
        return _whole(documents, [document] if same else [])

    needed = [question.text for question in questions]
    return await _answers(documents, needed, lambda one: (*work_keys(one), *_unnamed(one)), questions, view)


async def _answers(
    documents: Documents,
    needed: Iterable[str],
    more: Callable[[Record], Iterable[str]],
    questions: Iterable[Question],
    view: Callable[[Question], list[Record] | None],
) -> dict[Question, list[Record]]:
    """Fetch what is needed; the view of each question for which all of it is there."""

    def told() -> dict[Question, list[Record]]:
        return {question: each for question in questions if (each := view(question)) is not None}

    try:
        await documents.fetch(needed, more)
    except Refused as refused:
        raise keeping(refused, {question.key: each for question, each in told().items()}) from None
    return told()


def _whole(documents: Documents, found: Sequence[Record]) -> list[Record] | None:
    """What is kept of these editions or works; None while something that they name is not fetched."""
    kept: list[Record] = []
    for document in found:
        is_work = bare(document.get("key")).endswith("W")
        works = [document] if is_work else [documents.leads_to(key) for key in work_keys(document)]
        work: Record = next((each for each in works if each), {})
        authors = _authors(documents, document if author_keys(document) else work)
        if None in works or authors is None:
            return None
        kept.append(work_record(work, authors) if is_work else edition_record(document, work, authors))
    return kept


def _authors(documents: Documents, document: Record) -> list[Record] | None:
    named = _named(document)
    found = [named.get(key) or documents.leads_to(key) for key in author_keys(document)]
    return None if None in found else [each for each in found if each]


def _unnamed(document: Record) -> list[str]:
    named = _named(document)
    return [key for key in author_keys(document) if key not in named]


def _named(document: Record) -> dict[str, Record]:
    """The authors whose names the API has put beside their keys."""
    people = records(document.get("authors"))
    return {key: one for one in people if text(one.get("name")).strip() and (key := bare(one))}
