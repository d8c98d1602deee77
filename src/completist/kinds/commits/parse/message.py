"""Messages: the sentences of a commit's message that say why something was done."""

from __future__ import annotations

import re

from completist.sdk.cards import Block, Commit

#: Sentences of one message that become cards, and how long each may be.
MOST, SHORTEST, LONGEST = 2, 40, 600

_WHY = re.compile(
    r"\b(?:because|since otherwise|so that|in order to|to avoid|to prevent|instead of|rather than|otherwise|"
    r"the reason|due to|turns out|caused by|would otherwise|which (?:caused|broke|led to|meant))\b",
    re.IGNORECASE,
)

#: Without any of these, no sentence says why.
_HINTS = (
    *(
        "because",
        "otherwise",
        "so that",
        "in order to",
        "to avoid",
        "to prevent",
        "instead of",
        "rather than",
    ),
    *("the reason", "due to", "turns out", "caused by", "which "),
)
_TRAILER = re.compile(
    r"^(?:[A-Z][\w-]+-by|Change-Id|Co-authored-by|Fixes|Closes|Refs?|Bug|Issue|See-also):", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(])")
_LIST = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+")
_PREFIX = re.compile(r"^(?:\w+(?:\([^)]*\))?!?:|\[[^\]]*\])\s*")
_TRACKING = re.compile(r"\s*\(#\d+\)\s*$")


def parse(commit: Commit) -> list[Block]:
    """At most `MOST` reasons, each with the subject as what it is the reason of."""
    body = commit.message.partition("\n")[2]
    said = " ".join(body.lower().split())
    if not any(word in said for word in _HINTS):
        return []
    subject = _TRACKING.sub("", _PREFIX.sub("", commit.subject)).strip().rstrip(".")
    found: list[Block] = []
    for sentence in _sentences(body):
        if SHORTEST <= len(sentence) <= LONGEST and _WHY.search(sentence):
            label = f"{commit.sha}:{len(found)}"
            found.append(
                Block(
                    "why",
                    f"message:{commit.sha}",
                    subject,
                    sentence,
                    0,
                    0,
                    "plain",
                    label=label,
                    context=subject,
                )
            )
    return found[:MOST]


def _sentences(body: str) -> list[str]:
    """The sentences of the paragraphs, without code, quotes, lists of files and trailers."""
    found: list[str] = []
    paragraph: list[str] = []
    for line in [*body.splitlines(), ""]:
        if line.startswith(("    ", "\t", ">", "```")) or _TRAILER.match(line):
            continue
        if not line.strip() or _LIST.match(line):
            found += _SENTENCE.split(" ".join(paragraph)) if paragraph else []
            paragraph = []
        if line.strip():
            paragraph.append(_LIST.sub("", line).strip())
    return [each.strip() for each in found if each.strip()]
