"""Cards: the contract for plug-ins that make flashcards of what stands in a repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from completist.domain.cards import Form
from completist.domain.lineage import Trace
from completist.domain.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Stages:
    """The versions of the three stages: what is out of date is done again from the first that moved on."""

    parser: str
    cards: str
    render: str

    @property
    def version(self) -> str:
        """All three, as they stand in the pipeline's version."""
        return f"{self.parser}/{self.cards}/{self.render}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What of a repository is read. ``roots`` are the folders below which local ones may lie."""

    roots: tuple[Path, ...] = ()
    remote: bool = False  #: whether repositories elsewhere may be fetched, over https or ssh
    since: date | None = None  #: commits before that day are left alone
    paths: tuple[str, ...] = ()  #: globs; without any, all files


@dataclass(frozen=True, slots=True)
class Taken:
    """A repository as it was taken in: ``root`` is its first commit, the same in every clone."""

    root: str
    head: str
    commits: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What a parser is told of a commit."""

    sha: str
    subject: str
    message: str
    parents: int


@dataclass(frozen=True, slots=True)
class Block:
    """Something that may become cards.

    ``dialect`` says what its text is written in: ``latex``, ``markdown``, ``plain`` or ``code``; ``answer`` is the
    second half where it has one. ``touched`` says that this commit wrote some of it.
    """

    kind: str
    path: str
    title: str
    text: str
    line: int
    end: int
    dialect: str
    answer: str = ""
    label: str = ""
    key: str = ""
    language: str = ""
    context: str = ""  #: the headings above it, or the commit's subject
    touched: bool = True

    @property
    def trace(self) -> Trace:
        """What it is recognised by."""
        return Trace(self.path, self.kind, self.title, self.whole, self.label, self.key)

    @property
    def whole(self) -> str:
        """All of its text."""
        return f"{self.text}\n{self.answer}" if self.answer else self.text


@dataclass(frozen=True, slots=True)
class Touched:
    """A file in a commit. ``whole`` says that all of its blocks were read: those not found are gone."""

    path: str
    before: str = ""  #: its path before a rename
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read of a commit. ``left_out`` says why nothing was: ``merge``, ``revert``, ``huge`` and so on."""

    sha: str
    blocks: tuple[Block, ...] = ()
    files: tuple[Touched, ...] = ()
    left_out: str | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)  #: files by the reason why they were not read


@dataclass(frozen=True, slots=True)
class Broken:
    """A commit that could not be read; others are not affected. ``reason`` is a stable code."""

    sha: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A card before it is rendered: its parts as source text in one dialect.

    ``role`` is its place in what is made of one block, the same in every later run: never a number in a list.
    ``doubts`` are the gates that it did not pass; one with any is never accepted without being looked at.
    """

    role: str
    form: Form
    parts: Mapping[str, str]
    dialect: str
    language: str = ""
    tags: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class History(Protocol):
    """An open repository, read from the quarantine alone."""

    def parse(self, commits: Iterable[Commit]) -> Iterator[Parsed | Broken]:
        """One answer for each commit, in order. One that is damaged takes no other along."""
        ...


class CardMaker(Protocol):
    """Makes cards of repositories, in three stages."""

    @property
    def pipeline(self) -> Pipeline:
        """Whose runs it works off; its version is that of the stages."""
        ...

    @property
    def stages(self) -> Stages:
        """The versions of what it does."""
        ...

    def take_in(self, source: str, place: Path, rules: Rules) -> Taken:
        """Bring a repository, or what is new in it, into the quarantine at ``place``.

        Raises:
            BadInput: It may not be read, or is none.
            Retryable: It cannot be reached.
        """
        ...

    def write_log(
        self, place: Path, into: Path, repository: tuple[int, str], rules: Rules, behind: str = ""
    ) -> int:
        """Write the commits behind the commit ``behind`` to a file, oldest first, for its source; how many.

        ``repository`` is its id and its name.
        """
        ...

    def history(self, place: Path, rules: Rules) -> AbstractContextManager[History]:
        """Open a repository for parsing."""
        ...

    def draft(self, block: Block) -> Sequence[Draft]:
        """The cards of a block by rules. Pure."""
        ...

    def render(self, draft: Draft) -> Mapping[str, str]:
        """A card's parts as HTML in which nothing of the repository is markup. Pure."""
        ...

    @property
    def prompt_version(self) -> str:
        """Changes with the wording of what a model is asked."""
        ...

    @property
    def reply_schema(self) -> dict[str, Any]:
        """The JSON schema of a model's reply."""
        ...

    def ask(self, blocks: Sequence[Block], reply: str = "", fault: str = "") -> list[dict[str, str]]:
        """What a model is asked about blocks; with ``fault``, once more, since ``reply`` was of no use."""
        ...

    def read_reply(self, reply: str, blocks: Sequence[Block]) -> list[list[Draft]]:
        """The drafts of each block, each checked. Raises ValueError when the reply as a whole is of no use."""
        ...

    def holds_secret(self, block: Block) -> bool:
        """Whether a block may hold what must not leave this machine."""
        ...

    def typed(self, form: Form, part: str, text: str) -> str:
        """What a person typed for a part, as a draft holds it. Raises ValueError with a message for them."""
        ...
