"""Live providers of books in the hands of a test: what they know by key, what they refuse, what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from tests.support.sites import Site

from completist.domain.budget import Budget, Rate
from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate
from completist.engine.inquiry.hearing import Respondent
from completist.net.door import To
from completist.sdk import registry
from completist.sdk.adapter import AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.provider import Http, Provider, Record, Refused

T = TypeVar("T")

EDITION, WORK, AUTHOR = "isbn13", "olid_work", "olid_author"
_LEVELS = {EDITION: Level.EDITION, WORK: Level.WORK, AUTHOR: Level.WORK}


@dataclass
class Librarian:
    """A provider that answers by identifiers of one scheme."""

    name: str = "googlebooks"
    scheme: str = EDITION
    known: dict[str, Record] = field(default_factory=dict)  #: by identifier
    batch: int = 1
    refuse: Refused | Exception | None = None
    times: int | None = None  #: so often it refuses; None: always
    pipeline: str = "book-metadata"
    may_be_asked: bool = True
    secret: str = ""
    calls: list[list[str]] = field(default_factory=list)  #: the identifiers of each call
    on_call: Callable[[], Awaitable[None]] | None = None
    fills: frozenset[str] = frozenset({"title", "publisher", "pages"})

    @property
    def provider(self) -> Provider:
        return Provider(self.name, frozenset({"example.org"}), Budget(Rate(1000, 1)), self.batch)

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        held = subject.values.get(self.scheme)
        return (
            [[Question(self.scheme, str(each)) for each in held]] if isinstance(held, list) and held else []
        )

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        del http
        self.calls.append([question.text for question in questions])
        if self.on_call is not None:
            await self.on_call()
        if self.refuse is not None and (self.times is None or len(self.calls) <= self.times):
            raise self.refuse
        return {q: [self.known[q.text]] if q.text in self.known else [] for q in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        return [
            Reading(
                Candidate(
                    self.name,
                    f"{self.name}:{question.text}",
                    _LEVELS[question.scheme],
                    str(each.get("title", "")),
                    fields={question.scheme: [question.text], **each},
                )
            )
            for each in records
        ]

    def knows(self, key: str, **said: Data) -> Librarian:
        """Let it know something."""
        self.known[key] = dict(said)
        return self

    @property
    def respondent(self) -> Respondent:
        probe = Question(self.scheme, "1")
        plan = AdapterPlan(
            self.name, self.name, self.pipeline, lambda _key: self, probe=probe, secret=self.secret
        )
        return Respondent(plan, self, self.may_be_asked)


class OpenDoor:
    """A door that leads nowhere: librarians need no connection."""

    def ask(self, asking: Callable[[To], Awaitable[T]], *, urgent: bool = False) -> T:
        del urgent

        async def run() -> T:
            return await asking(lambda _provider: cast("Http", None))

        return asyncio.run(run())

    def close(self) -> None:
        pass


def consult(site: Site, *librarians: Librarian) -> None:
    """Let the site's server ask these, in this order, behind what it keeps itself."""
    plans = [plan for plugin in registry.plugins().values() for plan in plugin.adapters if plan.local]
    found: dict[str, list[Respondent]] = {}
    for plan in plans:
        found.setdefault(plan.pipeline, []).append(Respondent(plan, plan.make(Key()), may_be_asked=False))
    for each in librarians:
        found.setdefault(each.pipeline, []).append(each.respondent)
    site.app.__dict__["respondents"] = found
    site.app.__dict__["door"] = OpenDoor()
    site.app.__dict__.pop("enriching", None)  # it looks at these only once
