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
_COMMON = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "be",
        "by",
        "does",
        "do",
        "for",
        "how",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
    }
    | {"that", "the", "this", "to", "what", "which", "why", "with"}
)


def doubts(form: Form, parts: Mapping[str, str], block: Block) -> tuple[str, ...]:
    """The codes of the gates that a card does not pass, none when it is good."""
    asked = parts.get("front", "") if form is Form.BASIC else parts.get("text", "")
    answer = parts.get("back", "") if form is Form.BASIC else " ".join(_left_out(asked))
    basic = form is Form.BASIC
    failed = {
        "no_question": not _WORD.search(asked) and not re.search(r"[\\$]", asked),
        "no_answer": not answer.strip(),
        "front_long": basic and len(asked) > LONGEST_FRONT,
        "answer_long": len(answer) > LONGEST_ANSWER or (not basic and len(asked) > LONGEST_ANSWER),
        "needs_context": bool(_HERE.search(asked) or _HERE.search(answer)),
        "unfinished": bool(_UNFINISHED.search(asked) or _UNFINISHED.search(answer)),
        "gives_away": basic and bool(answer.strip()) and _gives_away(asked, answer),
        "cloze_unbalanced": not basic and not _balanced(asked),
        "ungrounded": bool(ungrounded(parts, block)),
    }
    return tuple(code for code, holds in failed.items() if holds)


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
    if f" {said} " in f" {asked} ":
        return True
    telling = set(said.split()) - _COMMON
    return len(telling) > 0 and telling <= set(asked.split())


def _left_out(text: str) -> list[str]:
    return re.findall(f"{PARTS}([^{CLOSES}]*){CLOSES}", text)


def _balanced(text: str) -> bool:
    whole = re.findall(f"{OPENS}\\d+{PARTS}[^{OPENS}{PARTS}{CLOSES}]+{CLOSES}", text)
    return 0 < len(whole) == text.count(OPENS) == text.count(CLOSES) == text.count(PARTS)
