"""Replies: what of a model's reply is believed. Each card is judged by itself; a bad one takes no other along."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from completist.domain.cards import Form, without_marks
from completist.kinds.commits.drafting.gates import doubts
from completist.kinds.commits.models.asking import ROLES
from completist.sdk.cards import Block, Draft

_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")
#: What JSON calls a tab, a line or a return, and formulas the beginning of a command.
_COMMAND = r"\\(?=(?:t(?:heta|imes|ext|o\b|au|an\b|frac)|n(?:abla|eq?\b|eg|u\b|ot)|r(?:ho|ight|angle))"
_ESCAPE = re.compile(_COMMAND + r""")|\\["\\/nrt]|\\u[0-9a-fA-F]{4}|\\""")


def read(reply: str, blocks: Sequence[Block]) -> list[list[Draft]]:
    """The drafts of each block, those that do not pass the gates left out.

    A backslash that JSON does not know, as in formulas, stands for itself. Raises ValueError with what is wrong when
    the reply as a whole is not what was asked for.
    """
    found: list[list[Draft]] = [[] for _ in blocks]
    taken: set[tuple[int, str]] = set()
    for said in _cards(reply):
        if not isinstance(said, dict):
            continue
        number, role = said.get("block"), said.get("role")
        front, back = said.get("front"), said.get("back")
        if not (isinstance(number, int) and 0 <= number < len(blocks) and role in ROLES):
            continue  # about nothing that was asked
        if not (isinstance(front, str) and isinstance(back, str)) or (number, role) in taken:
            continue
        draft = _draft(blocks[number], str(role), front, back)
        if not draft.doubts:
            taken.add((number, str(role)))
            found[number].append(draft)
    return found


def _draft(block: Block, role: str, front: str, back: str) -> Draft:
    parts = {"front": without_marks(front).strip(), "back": without_marks(back).strip()}
    if block.context:
        parts["extra"] = without_marks(block.context)
    tags = (f"git::kind::{block.kind}", "completist::model")
    return Draft(f"model-{role}", Form.BASIC, parts, "markdown", "", tags, doubts(Form.BASIC, parts, block))


def _cards(reply: str) -> list[Any]:
    text = _FENCE.sub("", reply)
    begin = text.find("{")
    if begin < 0:
        raise ValueError("there is no JSON in it.")
    try:
        said, _ = json.JSONDecoder(strict=False).raw_decode(_ESCAPE.sub(_escaped, text[begin:]))
    except ValueError as error:
        raise ValueError(f"it is no JSON: {error}.") from error
    cards = said.get("cards") if isinstance(said, dict) else None
    if not isinstance(cards, list):
        raise ValueError('it has no list "cards".')  # noqa: TRY004 - a reply of no use, whatever is wrong with it
    return cards


def _escaped(match: re.Match[str]) -> str:
    """A backslash that begins no escape of JSON's stands for itself."""
    return match[0] if len(match[0]) > 1 else "\\\\"
