"""The maker of cards: git's quarantine, the parsers, the rules and the rendering behind one contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from completist.domain.cards import Form
from completist.domain.pipeline import Pipeline
from completist.kinds.commits.drafting import rules as drafting
from completist.kinds.commits.git import log, quarantine
from completist.kinds.commits.git.reading import Reader
from completist.kinds.commits.models import asking, replies
from completist.kinds.commits.models.secrets import holds_secret
from completist.kinds.commits.parse.parsing import Repository
from completist.kinds.commits.pipeline import CARDS, STAGES
from completist.kinds.commits.rendering import render
from completist.sdk.cards import Block, Draft, Rules, Stages, Taken


@dataclass(frozen=True, slots=True)
class GitCards:
    """Cards from git repositories."""

    pipeline: Pipeline = CARDS
    stages: Stages = STAGES

    def take_in(self, source: str, place: Path, rules: Rules) -> Taken:
        """Clone or fetch into the quarantine. Raises BadInput or Retryable."""
        return quarantine.take_in(source, place, rules)

    def write_log(
        self, place: Path, into: Path, repository: tuple[int, str], rules: Rules, behind: str = ""
    ) -> int:
        """Write the commits behind one to a file; how many."""
        return log.write_log(place, into, repository, rules, behind)

    @contextmanager
    def history(self, place: Path, rules: Rules) -> Iterator[Repository]:
        """Open a quarantine for parsing."""
        shallow = place / "shallow"
        cut = frozenset(shallow.read_text("ascii").split()) if shallow.is_file() else frozenset()
        with Reader(place) as reader:
            yield Repository(reader, rules, cut)

    def draft(self, block: Block) -> Sequence[Draft]:
        """The cards of a block by rules."""
        return drafting.draft(block)

    def render(self, draft: Draft) -> Mapping[str, str]:
        """A draft's parts as HTML."""
        return render.render(draft)

    @property
    def prompt_version(self) -> str:
        """Changes with the wording of what a model is asked."""
        return asking.PROMPT

    @property
    def reply_schema(self) -> dict[str, Any]:
        """The JSON schema of a model's reply."""
        return asking.SCHEMA

    def ask(self, blocks: Sequence[Block], reply: str = "", fault: str = "") -> list[dict[str, str]]:
        """What a model is asked about blocks."""
        return asking.repair(blocks, reply, fault) if fault else asking.messages(blocks)

    def read_reply(self, reply: str, blocks: Sequence[Block]) -> list[list[Draft]]:
        """The drafts of each block. Raises ValueError."""
        return replies.read(reply, blocks)

    def holds_secret(self, block: Block) -> bool:
        """Whether a block may hold a secret."""
        return holds_secret(f"{block.title}\n{block.whole}")

    def typed(self, form: Form, part: str, text: str) -> str:
        """What a person typed, as a draft holds it. Raises ValueError."""
        return render.typed(form, part, text)
