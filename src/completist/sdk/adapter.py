"""Adapters: how a live provider is asked about items, many at a time.

What is asked and what was answered are data: an answer is kept under its question's key, in the provider's own
words, and read again by every later version of a pipeline and for every library, without a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from completist.domain.matching import Candidate
from completist.sdk.finder import Related, Subject
from completist.sdk.provider import Http, Provider, Record

#: The scheme of a question that is no identifier: a title, or a name. It is asked by itself.
SEARCH = "search"

#: The scheme of a question for what is called exactly so: many are asked at once.
TITLE = "title"

#: Questions that a name is all there is to.
BY_NAME = frozenset({TITLE, SEARCH})


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """One thing that a provider is asked."""

    scheme: str  #: of the identifier (``isbn13``, ``olid_work``, ``wikidata``), `TITLE` or `SEARCH`
    text: str  #: the identifier in its normal form; else the title, or a person's name
    by: str = ""  #: of a title, the author

    @property
    def key(self) -> str:
        """Under which the answer is kept: equal for questions that differ in case and blanks alone.

        What is called exactly so is known under its title to the letter.
        """
        text, by = (" ".join(part.split()) for part in (self.text, self.by))
        words = (text if self.scheme == TITLE else text.casefold(), by.casefold())
        return f"{self.scheme}:{'|'.join(word for word in words if word)}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A provider's record in the fields of a kind, with the items that it brings along."""

    candidate: Candidate
    related: tuple[Related, ...] = ()


class Adapter(Protocol):
    """One provider, for one pipeline. Holds no connection, keeps no time, and remembers nothing."""

    @property
    def provider(self) -> Provider:
        """Who is asked, and within which limits."""
        ...

    @property
    def fills(self) -> frozenset[str]:
        """What its records may say: an item that lacks none of these fields is not asked about."""
        ...

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """What to ask about an item, in rounds: a later one is asked only if all before it found nothing.

        Certain questions (identifiers) come first; exact titles and then a search come last, as rounds of their own.
        After exact titles, only what nobody knows at all is searched for. Nothing when there is nothing to ask with.
        """
        ...

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """The records under each question; an empty list says that the provider surely knows none.

        All questions are of one scheme; there are at most ``provider.asks_for`` of them, and of searches one.
        Records are kept as they are returned, so they hold what a later version might want to read and nothing of
        the request. One that answers another question than was asked (another ISBN's record) is left out.

        Raises:
            Refused: Some were not answered; ``partial`` holds those that were, by the question's key.
        """
        ...

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """Records that `ask` once returned, in the fields of the kind, best first. Pure, and never raises.

        The candidates bear ``provider.name`` and the provider's own record id; whether they are the item at all is
        decided elsewhere.
        """
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """What opens a provider: the secret, and the plan that was paid for. Its repr shows neither."""

    secret: str = ""
    plan: str = ""

    def __repr__(self) -> str:
        """Show whether there is one, never which."""
        return f"Key({'set' if self.secret else 'none'})"


@dataclass(frozen=True, slots=True)
class AdapterPlan:
    """How an adapter is made, and what a person has to know about its provider."""

    provider: str  #: the adapter's ``provider.name``
    label: str  #: Open Library
    pipeline: str  #: whose items it is asked about
    make: Callable[[Key], Adapter]
    probe: Question  #: something that it surely knows, for a test call
    secret: str = ""  #: the environment variable that holds its key; empty: it needs none
    plans: tuple[str, ...] = ()  #: the plans that differ in limits, the first by default
    where: str = ""  #: the page on which a person gets the key
    local: bool = False  #: it speaks from what is kept here, and is never asked
    calls: int = 1  #: that a whole batch takes at most, in all its rounds by identifiers
    search: int = 1  #: that one search takes at most; 0: it does not search
