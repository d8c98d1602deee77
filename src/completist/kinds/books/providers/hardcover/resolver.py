"""What Hardcover knows of books without a Hardcover id: by ISBN, many in one request, else by title and author."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.kinds.books.matching.asking import asked
from completist.kinds.books.matching.identified import isbns_of
from completist.kinds.books.providers.hardcover.client import ENDPOINT, TOKEN, TOKENS, Hardcover
from completist.kinds.books.providers.hardcover.records import book_candidate, edition_candidate
from completist.kinds.books.providers.questions import author_asked
from completist.sdk.finder import Subject
from completist.sdk.provider import FINAL, SET_ASIDE, Http, Keep, Record, Refused, Resolved, ResolverPlan

#: Hits of a search that are handed on: a book is among the first of them or not at all.
HITS = 10

_PATIENCE = 3  #: refusals in a row after which nothing more is asked, as after a final one
_LATER = 3_600.0  #: seconds after which a book may come round that was set aside


class HardcoverResolver:
    """Resolves books with Hardcover; ``token`` may be given with or without the word Bearer before it."""

    def __init__(self, token: str, endpoint: str = ENDPOINT) -> None:
        self._hardcover = Hardcover(token, endpoint)
        self.provider = self._hardcover.provider

    async def resolve(
        self, http: Http, subjects: Sequence[Subject], keep: Keep, *, identified_only: bool = False
    ) -> list[Resolved]:
        """One for each subject; see `Resolver.resolve`.

        Candidates are handed on as Hardcover tells them: which one the book is, if any, is decided elsewhere.
        """
        batch = _Batch(self._hardcover, http, keep)
        await batch.ask_by_isbn(subjects)
        for subject in batch.open(subjects):
            if identified_only:
                batch.set_aside(subject)
            else:
                await batch.search(subject)
        return [batch.resolved[subject.item_id] for subject in subjects]


@dataclass(slots=True)
class _Batch:
    hardcover: Hardcover
    http: Http
    keep: Keep
    resolved: dict[int, Resolved] = field(default_factory=dict)  #: by item
    refused: Refused | None = None  #: the latest
    refusals: int = 0  #: in a row

    def open(self, subjects: Iterable[Subject]) -> list[Subject]:
        """Those that nothing is said about yet."""
        return [subject for subject in subjects if subject.item_id not in self.resolved]

    async def ask_by_isbn(self, subjects: Sequence[Subject]) -> None:
        """All ISBNs at once; a book whose ISBNs are all unknown stays open."""
        isbns = {subject.item_id: isbns_of(subject) for subject in subjects}
        known: dict[str, list[Record]] = {}
        if any(isbns.values()):
            try:
                wanted = [isbn for each in isbns.values() for isbn in each]
                known = await self.hardcover.editions_by_isbn(self.http, wanted)
            except Refused as refused:
                self._refuse(refused)
                known = refused.partial
        self._answer(
            Resolved(item_id, Outcome.FOUND, candidates)
            for item_id, each in isbns.items()
            if (candidates := _editions(record for isbn in each for record in known.get(isbn, ())))
        )
        for subject in self.open(subjects):
            if any(isbn not in known for isbn in isbns[subject.item_id]):
                self._not_answered(subject)

    async def search(self, subject: Subject) -> None:
        """One request for one book, unless Hardcover does not want to be asked any more."""
        wanted = asked(subject.values)
        if wanted is None:
            code = None if isbns_of(subject) else "nothing_to_ask"
            self._answer([Resolved(subject.item_id, Outcome.NOT_FOUND, code=code)])
            return
        if self._ended():
            self._not_answered(subject)
            return
        try:
            found = await self.hardcover.search(self.http, wanted.title.searched[0], author_asked(wanted))
        except Refused as refused:
            self._refuse(refused)
            self._not_answered(subject)
            return
        self.refused, self.refusals = None, 0
        candidates = tuple(c for each in found[:HITS] if (c := book_candidate(each)))
        outcome = Outcome.FOUND if candidates else Outcome.NOT_FOUND
        self._answer([Resolved(subject.item_id, outcome, candidates)])

    def set_aside(self, subject: Subject) -> None:
        """Leave a book for another time."""
        item_id, outcome = subject.item_id, Outcome.QUOTA_EXHAUSTED
        self.resolved[item_id] = Resolved(item_id, outcome, after=_LATER, code=SET_ASIDE)

    def _answer(self, answers: Iterable[Resolved]) -> None:
        told = list(answers)
        self.resolved.update((each.item_id, each) for each in told)
        if told:
            self.keep(told)

    def _refuse(self, refused: Refused) -> None:
        self.refused = refused
        self.refusals += 1

    def _ended(self) -> bool:
        final = self.refused is not None and self.refused.outcome in FINAL
        return final or self.refusals >= _PATIENCE

    def _not_answered(self, subject: Subject) -> None:
        """What the latest refusal means for a book that it kept from being answered."""
        if self.refused is not None:
            outcome, after, code = self.refused.outcome, self.refused.after, self.refused.code
            self.resolved[subject.item_id] = Resolved(subject.item_id, outcome, after=after, code=code)


def _editions(records: Iterable[Record]) -> tuple[Candidate, ...]:
    return tuple(candidate for record in records if (candidate := edition_candidate(record)))


RESOLVERS = (ResolverPlan("hardcover", TOKEN, ENDPOINT, HardcoverResolver, TOKENS),)
