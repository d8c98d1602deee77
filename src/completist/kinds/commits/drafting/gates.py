"""Gates: what is wrong with a card, told without asking anybody. Each has a stable code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from completist.domain.cards import CLOSES, OPENS, PARTS, Form
from completist.sdk.cards import Block

#: Letters of a front, and of an answer, beyond which nobody learns it.
LONGEST_FRONT, LONGEST_ANSWER = 250, 1200

_HERE = re.compile(
    r"\b(?:this|the) (?:commit|patch|change|pr|pull request|diff|revert)\b"
    r"|\b(?:see|as|mentioned|described|shown|noted) (?:above|below|here)\b|\bthe (?:above|below|previous)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]{2,}")
_QUOTED = re.compile(r"`([^`\n]{2,80})`")
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|TBD|XXX|WIP|lorem ipsum)\b")
_COMMON = frozenset("the a an of to in is are and or for with what which why how does do that this it on by as be".split())


def doubts(form: Form, parts: Mapping[str, str], block: Block) -> tuple[str, ...]:
    """The codes of the gates that a card does not pass, none when it is good."""
    asked = parts.get("front", "") if form is Form.BASIC else parts.get("text", "")
    answer = parts.get("back", "") if form is Form.BASIC else " ".join(_left_out(asked))
    found = []
    if not _WORD.search(asked) and not re.search(r"[\\$]", asked):
        found.append("no_question")
    if not answer.strip():
        found.append("no_answer")
    if form is Form.BASIC and len(asked) > LONGEST_FRONT:
        found.append("front_long")
    if len(answer) > LONGEST_ANSWER or (form is Form.CLOZE and len(asked) > LONGEST_ANSWER):
        found.append("answer_long")
    if _HERE.search(asked) or _HERE.search(answer):
        found.append("needs_context")
    if _UNFINISHED.search(asked) or _UNFINISHED.search(answer):
        found.append("unfinished")
    if form is Form.BASIC and answer.strip() and _gives_away(asked, answer):
        found.append("gives_away")
    if form is Form.CLOZE and not _balanced(asked):
        found.append("cloze_unbalanced")
    if ungrounded(parts, block):
        found.append("ungrounded")
    return tuple(found)


def ungrounded(parts: Mapping[str, str], block: Block) -> list[str]:
    """Names quoted in a card that its block does not hold: somebody made them up."""
    held = f"{block.title}\n{block.whole}\n{block.context}\n{block.path}"
    quoted = [name for text in parts.values() for name in _QUOTED.findall(text)]
    return [name for name in quoted if name.strip() not in held]


def folded(text: str) -> str:
    """A front as it is compared with others."""
    return " ".join(_WORD.findall(text.casefold()))


def _gives_away(front: str, answer: str) -> bool:
    """Whether the answer stands in the question."""
    asked, said = folded(front), folded(answer)
    if not said:
        return False
    if said in asked:
        return True
    telling = set(said.split()) - _COMMON
    return len(telling) > 0 and telling <= set(asked.split())


def _left_out(text: str) -> list[str]:
    return re.findall(f"{PARTS}([^{CLOSES}]*){CLOSES}", text)


def _balanced(text: str) -> bool:
    whole = re.findall(f"{OPENS}\\d+{PARTS}[^{OPENS}{PARTS}{CLOSES}]+{CLOSES}", text)
    return 0 < len(whole) == text.count(OPENS) == text.count(CLOSES) == text.count(PARTS)
