"""Glimpses: what a commit wrote of a Python file, told by its hunks where they show enough, without a look at the file.

Most definitions that a commit writes stand whole in the hunk that writes them, and most hunks lie in bodies. Git's own
word on each hunk, the last line above it that is not indented, says which class a method belongs to.
"""

from __future__ import annotations

import re

from completist.kinds.commits.parse.diff import Change, Hunk, Written, touches
from completist.kinds.commits.parse.python import (
    Definition,
    block_of,
    defined,
    docstring_of,
    is_test,
    may_be_within,
    may_define,
)
from completist.sdk.cards import Block

#: A definition at the margin that came or went: git's word on later hunks is of the file before.
_AT_MARGIN = re.compile(rb"\n[-+](?:class|def|async def)\b")
_QUOTES = ('"""', "'''")

#: Columns up to which a line is indented once.
ONE_STEP = 8


class Unclear(Exception):
    """The hunks do not show enough: the file has to be read."""


def parse(change: Change) -> list[Block]:
    """The definitions of which a commit wrote some line of the signature or the docstring.

    Raises:
        Unclear: The hunks do not show enough.
    """
    if is_test(change.path):
        return []
    body = change.body
    blocks: list[Block] = []
    margin = _AT_MARGIN.search(body)
    trusted = len(body) if margin is None else margin.start() + 1
    for hunk in change.hunks():
        if may_define(body, hunk.begin, hunk.end):
            above = hunk.above.decode("utf-8", "replace") if hunk.begin <= trusted else None
            blocks += _in_hunk(change, hunk, above)
    return blocks


def _in_hunk(change: Change, hunk: Hunk, above: str | None) -> list[Block]:
    said = change.body[hunk.begin : hunk.end].decode("utf-8", "replace").split("\n")
    lines = [line[1:] for line in said if line[:1] not in ("-", "\\")]
    written = [(first - hunk.first, last - hunk.first) for first, last in hunk.written(change.body)]
    found = [each for at, line in enumerate(lines) if (each := _defined(line, at)) is not None]
    _check_before(lines, written, found[0].at if found else len(lines), change.body, hunk)
    blocks = []
    for place, each in enumerate(found):
        span = docstring_of(lines, each.at)
        if span is None:
            until = found[place + 1].at if place + 1 < len(found) else len(lines)
            if _may_go_on(lines, each.at, until, written):
                raise Unclear
            continue
        if not touches(written, each.at, span[1]) or each.name.startswith("_"):
            continue
        name = _within(found[:place], each, above)
        block = None
        if name is not None:
            block = block_of(change.path, name, lines, (each.at, *span), hunk.first + each.at)
        if block is not None:
            blocks.append(block)
    return blocks


def _defined(line: str, at: int) -> Definition | None:
    return defined(line, at) if "def" in line or "class" in line else None


def _check_before(lines: list[str], written: Written, until: int, body: bytes, hunk: Hunk) -> None:
    """Before the first definition that is seen, what was written may be of the docstring of one that is not."""
    quoted = [at for at in range(until) if any(quotes in lines[at] for quotes in _QUOTES)]
    if quoted and touches(written, 0, quoted[-1]):
        raise Unclear
    if quoted and _opens(lines[quoted[-1]]) and touches(written, quoted[-1], until - 1):
        raise Unclear
    if not quoted and touches(written, 0, until - 1) and may_be_within(body, hunk.begin, hunk.end):
        raise Unclear


def _opens(line: str) -> bool:
    """Whether a line with quotes may be the beginning of text that goes on below it."""
    said = line.strip()
    return said not in _QUOTES and sum(said.count(quotes) for quotes in _QUOTES) == 1


def _may_go_on(lines: list[str], at: int, until: int, written: Written) -> bool:
    """Whether a definition without an end of its docstring in sight may have one below the hunk that was written to."""
    if until < len(lines) or not touches(written, at, len(lines)):
        return False
    body = [line for line in lines[at + 1 :] if line.strip()]
    if not body or not any(line.rstrip().endswith(":") for line in lines[at:]):
        return True  # the signature is not over
    first = next((place for place in range(at, len(lines)) if lines[place].rstrip().endswith(":")), at)
    below = next((line.strip() for line in lines[first + 1 :] if line.strip()), "")
    return not below or below.lstrip("rRuU").startswith(_QUOTES)


def _within(found: list[Definition], inner: Definition, above: str | None) -> str | None:
    """The name behind those of the classes around it; None for one that is not public."""
    name, indent = inner.name, inner.indent
    for each in reversed(found):
        if not indent:
            return name
        if each.indent < indent:
            if not each.is_class or each.name.startswith("_"):
                return None
            name, indent = f"{each.name}.{name}", each.indent
    if not indent:
        return name
    outer = None if above is None else defined(above, 0)
    if outer is None or indent > ONE_STEP:
        raise Unclear
    if not outer.is_class or outer.name.startswith("_"):
        return None
    return f"{outer.name}.{name}"
