"""Markdown notes: questions and answers, definitions, clozes, and headings that ask or define something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from completist.sdk.cards import Block

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_QUESTION = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*|__)?(?:Q|Question|Frage)(?:\*\*|__)?\s*[:.](?:\*\*|__)?\s*(\S.*)$"
)
_ANSWER = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*|__)?(?:A|Answer|Antwort)(?:\*\*|__)?\s*[:.](?:\*\*|__)?\s*(.*)$"
)
_TERM = re.compile(r"^\s*(?:[-*+]\s+)?(\S.{0,120}?)\s+:{2,3}\s+(\S.*)$")
_DEFINED = re.compile(r"^:\s+(\S.*)$")
_CLOZE = re.compile(r"(?<!=)==(?!=)(\S(?:[^=\n]|=(?!=))*?)==(?!=)|\{\{c\d+::.+?\}\}")
_KEY = re.compile(
    r"<!--\s*(?:ID|card-id|id)\s*:\s*([\w.:-]{1,64})\s*-->|(?:^|\s)\^([\w-]{2,40})\s*$", re.MULTILINE
)
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s")

#: Between the headings that a block stands under.
ABOVE = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "

#: Letters of a section's body up to which it is an answer that can be learnt.
SHORT = 900

_DEFINES = re.compile(
    r"^(?:an?|the)?\s*\S.{0,80}?\s(?:is|are|means|denotes|refers to|describes|stands for)\s", re.IGNORECASE
)


@dataclass(slots=True)
class _Section:
    title: str
    line: int
    above: str
    body: list[tuple[int, str]] = field(default_factory=list)


def parse(path: str, text: str) -> list[Block]:
    """The blocks of a file in order."""
    lines = _readable(text)
    blocks: list[Block] = []
    for section in _sections(lines):
        found = list(_in_section(path, section))
        blocks += found
        if not found and (block := _asking(path, section)) is not None:
            blocks.append(block)
    return blocks


def _readable(text: str) -> list[tuple[int, str, bool]]:
    """Each line with its number, and whether it is code; the front matter is left out."""
    lines = text.splitlines()
    begin = 0
    if lines and lines[0].strip() == "---":
        closing = next((at for at, line in enumerate(lines[1:200], 1) if line.strip() in ("---", "...")), 0)
        begin = closing + 1 if closing else 0
    found: list[tuple[int, str, bool]] = []
    fence = ""
    for number, line in enumerate(lines[begin:], begin + 1):
        match = _FENCE.match(line)
        if match and not fence:
            fence = match[1][:3]
            found.append((number, line, True))
        elif match and fence and match[1].startswith(fence):
            fence = ""
            found.append((number, line, True))
        else:
            found.append((number, line, bool(fence)))
    return found


def _sections(lines: list[tuple[int, str, bool]]) -> Iterator[_Section]:
    above: dict[int, str] = {}
    section = _Section("", 0, "")
    for number, line, code in lines:
        match = None if code else _HEADING.match(line)
        if match is None:
            section.body.append((number, f"\0{line}" if code else line))
            continue
        yield section
        depth, title = len(match[1]), match[2]
        above = {d: t for d, t in above.items() if d < depth}
        section = _Section(title, number, ABOVE.join(above.values()))
        above[depth] = title
    yield section


def _in_section(path: str, section: _Section) -> Iterator[Block]:
    """Blocks that the author marked as such."""
    context = ABOVE.join(part for part in (section.above, section.title) if part)
    body = section.body
    at = 0
    while at < len(body):
        line = body[at][1]
        if not line.strip() or line.startswith("\0"):
            at += 1
            continue
        block, at = _one(path, body, at, context)
        if block is not None:
            yield block


def _one(path: str, body: list[tuple[int, str]], at: int, context: str) -> tuple[Block | None, int]:
    line = body[at][1]
    number = body[at][0]
    if (asked := _QUESTION.match(line)) is not None:
        return _question(path, body, at, asked[1], context)
    end = _paragraph_end(body, at)
    lines = [text for _, text in body[at:end]]
    if (term := _TERM.match(line)) is not None and "`" not in term[1]:
        stop = _item_end(body, at)
        rest = [text.strip() for _, text in body[at + 1 : stop]]
        answer = "\n".join([term[2], *rest])
        return _block(
            "term", path, (number, body[stop - 1][0]), (term[1].strip("*_ "), answer), context
        ), stop
    if len(lines) > 1 and (said := _DEFINED.match(lines[1])) is not None:
        answer = "\n".join([said[1], *(text.strip() for text in lines[2:])])
        return _block("term", path, (number, body[end - 1][0]), (lines[0].strip("*_ "), answer), context), end
    if "?" in (text.strip() for text in lines[1:-1]):
        split = [text.strip() for text in lines].index("?")
        halves = "\n".join(lines[:split]), "\n".join(lines[split + 1 :])
        return _block("qa", path, (number, body[end - 1][0]), halves, context), end
    stop = _item_end(body, at) if _ITEM.match(line) else end
    text = "\n".join(said for _, said in body[at:stop])
    if _CLOZE.search(re.sub(r"`[^`]*`", "", text)):
        return _cloze(path, (number, body[stop - 1][0]), text, context), stop
    return None, stop


def _question(
    path: str, body: list[tuple[int, str]], at: int, asked: str, context: str
) -> tuple[Block | None, int]:
    """A question, and all up to the next one, an empty line behind the answer, or the end."""
    question, place = [asked], at + 1
    while place < len(body) and body[place][1].strip() and _ANSWER.match(body[place][1]) is None:
        if _QUESTION.match(body[place][1]):
            return None, place
        question.append(body[place][1].strip())
        place += 1
    while place < len(body) and not body[place][1].strip():
        place += 1
    answered = _ANSWER.match(body[place][1]) if place < len(body) else None
    if answered is None:
        return None, max(place, at + 1)
    answer = [answered[1]]
    last = place
    place += 1
    while place < len(body) and (line := body[place][1]) is not None and not _QUESTION.match(line):
        code = line.startswith("\0")
        if not line.strip() and not (place + 1 < len(body) and body[place + 1][1].startswith("\0")):
            break
        answer.append(line.removeprefix("\0") if code else line.rstrip())
        last = place
        place += 1
    halves = "\n".join(question), "\n".join(answer).strip()
    return _block("qa", path, (body[at][0], body[last][0]), halves, context), place


def _cloze(path: str, lines: tuple[int, int], text: str, context: str) -> Block:
    return _block("cloze", path, lines, ("", _ITEM.sub("", text, count=1).strip()), context)


def _asking(path: str, section: _Section) -> Block | None:
    """A heading with its body, where the heading asks, or the body defines what the heading names."""
    while section.body and not section.body[-1][1].strip():
        section.body.pop()
    text = "\n".join(line.removeprefix("\0") for _, line in section.body).strip()
    if not section.title or not text or len(text) > SHORT:
        return None
    title = re.sub(r"[*_`]", "", section.title)
    first = text.split("\n\n")[0]
    asks = title.endswith("?")
    defines = _DEFINES.match(first) is not None and _folded(title) in _folded(first[: len(title) + 60])
    if not (asks or defines) or len(title) > 160:  # noqa: PLR2004 - a title, not a paragraph
        return None
    last = section.body[-1][0]
    kind = "asked" if asks else "section"
    return _block(kind, path, (section.line, last), (section.title, text), section.above)


def _block(kind: str, path: str, lines: tuple[int, int], halves: tuple[str, str], context: str) -> Block:
    title, text = (_KEY.sub("", half).strip() for half in halves)
    key = _KEY.search("\n".join(halves))
    if kind == "cloze":
        return Block(kind, path, "", text, *lines, "markdown", key=_said(key), context=context)
    return Block(kind, path, title, title, *lines, "markdown", answer=text, key=_said(key), context=context)


def _said(key: re.Match[str] | None) -> str:
    return "" if key is None else key[1] or key[2]


def _paragraph_end(body: list[tuple[int, str]], at: int) -> int:
    while at < len(body) and body[at][1].strip() and not body[at][1].startswith("\0"):
        at += 1
    return at


def _item_end(body: list[tuple[int, str]], at: int) -> int:
    """Behind an item of a list, or a line, with the lines that are indented below it."""
    end = at + 1
    while end < len(body) and body[end][1].startswith(("  ", "\t")) and not _ITEM.match(body[end][1]):
        if not body[end][1].strip():
            break
        end += 1
    return end


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
