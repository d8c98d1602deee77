"""Markdown notes: questions and answers, definitions, clozes, and headings that ask or define something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from completist.sdk.cards import Block

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_FENCE_OR_HEADING = re.compile(
    r"^(?: {0,3}(```+|~~~+)|(#{1,6})[^\S\n]+(.+?)[^\S\n]*#*[^\S\n]*$)", re.MULTILINE
)
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

#: Without any of these, nothing in a section is marked as a block.
_MARKS = ("::", "==", "{{c", "\n:", "?\n", "? \n", "?\t", "Q:", "Q.", "Q*", "Q_", "Q ", "Question", "Frage")

#: Between the headings that a block stands under.
ABOVE = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "

#: Letters of a section's body up to which it is an answer that can be learnt, and of a title that is no paragraph.
SHORT, LONGEST_TITLE = 900, 160

_DEFINES = re.compile(
    r"^(?:an?|the)?\s*\S.{0,80}?\s(?:is|are|means|denotes|refers to|describes|stands for)\s", re.IGNORECASE
)
_DEFINING = (" is ", " are ", " means ", " denotes ", " refers ", " describes ", " stands ")


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    line: int  #: of the heading
    above: str
    first: int  #: line of the text
    text: str

    @property
    def body(self) -> list[tuple[int, str]]:
        """Its lines with their numbers; code begins with a zero."""
        found: list[tuple[int, str]] = []
        fence = ""
        for number, line in enumerate(self.text.removesuffix("\n").split("\n"), self.first):
            match = _FENCE.match(line)
            found.append((number, f"\0{line}" if match or fence else line))
            if match and (not fence or match[1].startswith(fence)):
                fence = "" if fence else match[1][:3]
        return found


def parse(path: str, text: str) -> list[Block]:
    """The blocks of a file in order."""
    blocks: list[Block] = []
    for section in _sections(text):
        found = list(_in_section(path, section)) if any(mark in section.text for mark in _MARKS) else []
        blocks += found
        if not found and (block := _asking(path, section)) is not None:
            blocks.append(block)
    return blocks


def _sections(text: str) -> Iterator[_Section]:
    """The parts between headings that stand outside of code; the front matter is left out."""
    begin = _behind_front_matter(text)
    line = text.count("\n", 0, begin) + 1
    above: dict[int, str] = {}
    heading, title, over, fence = 0, "", "", ""
    for match in _FENCE_OR_HEADING.finditer(text, begin):
        if match[1]:
            if not fence or match[1].startswith(fence):
                fence = "" if fence else match[1][:3]
            continue
        if fence:
            continue
        yield _Section(title, heading, over, line, text[begin : match.start()])
        heading = line + text.count("\n", begin, match.start())
        depth, title = len(match[2]), match[3]
        above = {d: t for d, t in above.items() if d < depth}
        over = ABOVE.join(above.values())
        above[depth] = title
        begin, line = match.end() + 1, heading + 1
    yield _Section(title, heading, over, line, text[begin:])


def _behind_front_matter(text: str) -> int:
    """Where the text begins behind what stands between lines of ``---`` at its top."""
    if not text.startswith("---"):
        return 0
    lines = text.split("\n", 201)[:201]
    if lines[0].strip() != "---":
        return 0
    closing = next((at for at, line in enumerate(lines[1:200], 1) if line.strip() in ("---", "...")), -1)
    return sum(len(line) + 1 for line in lines[: closing + 1])


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
    text = section.text.strip()
    if not section.title or not text or len(text) > SHORT:
        return None
    title = re.sub(r"[*_`]", "", section.title)
    asks = title.endswith("?")
    if not (asks or _defines(title, text)) or len(title) > LONGEST_TITLE:
        return None
    last = section.first + section.text.rstrip().count("\n")
    kind = "asked" if asks else "section"
    return _block(kind, path, (section.line, last), (section.title, text), section.above)


def _defines(title: str, text: str) -> bool:
    """Whether a text begins by saying what its title is."""
    first = text.partition("\n\n")[0]
    said = f" {' '.join(first[:200].split())} ".lower()
    if not any(verb in said for verb in _DEFINING):
        return False
    return _DEFINES.match(first) is not None and _folded(title) in _folded(first[: len(title) + 60])


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
