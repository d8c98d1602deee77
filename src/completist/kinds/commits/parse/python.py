"""Python: public functions and classes with docstrings, as far as a commit wrote some of them.

A definition is cut out by its indentation and handed to `ast` alone: a file that does not parse as a whole, or is of
another version of the language, still gives what can be read of it.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import NamedTuple

from completist.kinds.commits.parse.diff import Written, touches
from completist.sdk.cards import Block

_DEFINES = re.compile(r"([ \t]*)(async def|def|class)[ \t]+([A-Za-z_]\w*)[ \t]*[(:\[\\]")
_DEF = re.compile(r"def[ \t]+([A-Za-z_]\w*)[ \t]*[(:\[\\]")
_CLASS = re.compile(r"class[ \t]+([A-Za-z_]\w*)[ \t]*[(:\[\\]")
QUOTES = ('"""', "'''")
_QUOTES = (b'"""', b"'''")

#: A signature that is over in its line, as most are, and its brackets with it.
_WHOLE = re.compile(r"[^#()\[\]{}]*(?:\([^#()\[\]{}]*\)[^#()\[\]{}]*)?:[ \t]*")

#: How far the lines behind the first are indented.
_MARGIN = re.compile(r"(?<=\n) *(?=[^ \n])")

#: What reads as a sentence and not as code.
_SENTENCE = (
    rb"[ \t]*(?!(?:return|yield|from|import|assert|raise|del|if|elif|while|for|with|not|lambda|global|nonlocal"
    rb"|async|await|def|class|print|except|case)\b)[`*]*[A-Za-z][\w`'*-]*,?(?: [(`*]*[A-Za-z][\w`'*.-]*[),;:]*){3,}"
)

#: A written line that reads so: it may stand in the midst of a long docstring.
_PROSE = re.compile(rb"\n[+-]" + _SENTENCE)

#: An empty line that came or went beside such a line: paragraphs of a docstring were parted or joined.
_GAP = re.compile(rb"\n[+-]\n[ +-]" + _SENTENCE + rb"|\n " + _SENTENCE + rb"[^\n]*\n[+-](?=\n|$)")

#: A written line that reads as a parameter: it may stand in a long signature.
_PARAMETER = re.compile(rb"\n[+-][ \t]+\*{0,2}[A-Za-z_]\w*(?:: .+)?,[ \t]*(?:#.*)?(?=\n|$)")

#: Lines of a signature, and of a docstring, that are read.
SIGNATURE, DOCSTRING = 40, 120

#: Letters of a docstring below which it says nothing worth asking for.
SHORTEST = 20


class Definition(NamedTuple):
    """A line that defines something; ``at`` is its place among the lines."""

    at: int
    indent: int
    name: str
    is_class: bool


def may_define(body: bytes, begin: int = 0, end: int | None = None) -> bool:
    """Whether hunks of a file, or the part of them that is named, may write a definition or its docstring."""
    last = len(body) if end is None else end
    return any(body.find(quotes, begin, last) >= 0 for quotes in _QUOTES) or may_be_within(body, begin, last)


def may_be_within(body: bytes, begin: int, end: int) -> bool:
    """Whether a line that was written, or that went, may be one of the midst of a docstring or of a signature."""
    before = max(0, begin - 1)  # the end of the line before
    if _PROSE.search(body, before, end) is not None or _PARAMETER.search(body, before, end) is not None:
        return True
    empty = body.find(b"\n+\n", before, end) >= 0 or body.find(b"\n-\n", before, end) >= 0
    return empty and _GAP.search(body, before, end) is not None


def parse(path: str, text: str, written: Written) -> list[Block]:
    """The definitions of which a commit wrote some line of the signature or the docstring."""
    if is_test(path):
        return []
    lines = text.split("\n")
    blocks: list[Block] = []
    for found, name in _near(list(_defined_in(text)), written):
        if name is None:
            continue
        span = docstring_of(lines, found.at)
        if span is None or not touches(written, found.at + 1, span[1] + 1):
            continue
        block = block_of(path, name, lines, (found.at, *span), found.at + 1)
        if block is not None:
            blocks.append(block)
    return blocks


#: What is defined, and its name behind those of the classes that it stands in; None for one that is not public.
_Named = tuple[Definition, str | None]


def _defined_in(text: str) -> Iterator[_Named]:
    """All definitions of a file in order. The two words are looked for by themselves: that is fast."""
    around: list[_Named] = []
    line = counted = 0
    for match in sorted((*_DEF.finditer(text), *_CLASS.finditer(text)), key=re.Match.start):
        begin = text.rfind("\n", 0, match.start()) + 1
        before = text[begin : match.start()].removesuffix("async ")
        if before.strip(" \t"):
            continue
        line += text.count("\n", counted, begin)
        counted = begin
        found = Definition(line, len(before.expandtabs()), match[1], match[0].startswith("class"))
        while around and around[-1][0].indent >= found.indent:
            around.pop()
        name: str | None = None if found.name.startswith("_") else found.name
        if around and name is not None:
            outer, outside = around[-1]
            name = f"{outside}.{name}" if outer.is_class and outside is not None else None
        around.append((found, name))
        yield found, name


def _near(found: Sequence[_Named], written: Written) -> list[_Named]:
    """Those definitions that stand among what was written, and the nearest before each part of it."""
    places = [each.at for each, _ in found]
    near: list[_Named] = []
    done = 0
    for first, last in written:
        until = bisect_left(places, first)
        if until and places[until - 1] >= max(done, first - 1 - SIGNATURE - DOCSTRING):
            near.append(found[until - 1])
        near += found[until : bisect_left(places, last)]
        done = max(done, last)
    return near


def defined(line: str, at: int) -> Definition | None:
    """What a line defines."""
    match = _DEFINES.match(line)
    if match is None:
        return None
    return Definition(at, len(match[1].expandtabs()), match[3], match[2] == "class")


def is_test(path: str) -> bool:
    """Whether a file is one of tests: what they define is not public."""
    parts = path.split("/")
    return parts[-1].startswith(("test_", "conftest")) or "tests" in parts or "test" in parts


def docstring_of(lines: list[str], at: int) -> tuple[int, int] | None:
    """The first and the last line of the docstring of what is defined at a line; None when it has none."""
    place = at + 1 if _WHOLE.fullmatch(lines[at]) else _behind_signature(lines, at)
    if not place:
        return None
    while place < len(lines) and not lines[place].strip():
        place += 1
    if place >= len(lines):
        return None
    first = lines[place].strip().lstrip("rRuU")
    quotes = first[:3]
    if quotes not in QUOTES:
        return None
    if first.find(quotes, 3) >= 0:
        return place, place
    for end in range(place + 1, min(len(lines), place + DOCSTRING)):
        if quotes in lines[end]:
            return place, end
    return None


def _behind_signature(lines: list[str], at: int) -> int:
    """The line behind the signature of what is defined at a line; 0 when it does not end, or in no block."""
    depth = 0
    for place in range(at, min(len(lines), at + SIGNATURE)):
        code = lines[place].partition("#")[0].rstrip()
        depth += sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))
        if depth <= 0 and not code.endswith("\\"):
            return place + 1 if code.endswith(":") else 0
    return 0


def block_of(path: str, name: str, lines: list[str], span: tuple[int, int, int], line: int) -> Block | None:
    """What is defined at ``span``, the places of its first line and of its docstring; None when it says nothing."""
    at, begin, end = span
    head = " ".join(lines[at:begin])
    plain = '"' not in head and "'" not in head
    said = (_plainly_said(lines[begin : end + 1]) if plain else None) or _parsed(lines[at : end + 1])
    if said is None or len(said) < SHORTEST:
        return None
    return Block(
        kind="class" if head.lstrip().startswith("class") else "function",
        path=path,
        title=name,
        text=_signature(head),
        answer=said,
        line=line,
        end=line + end - at,
        dialect="code",
        label=name,
        language="python",
        context=path,
    )


def _plainly_said(lines: list[str]) -> str | None:
    """The text of a docstring that may be read as it stands; None for one with anything particular."""
    said = "\n".join(lines).strip()
    if "\\" in said or said[:3] not in QUOTES or said.find(said[:3], 3) != len(said) - 3:
        return None
    return _cleaned(said[3:-3])


def _cleaned(text: str) -> str:
    """As `inspect.cleandoc` does it."""
    if "\n" not in text:
        return text.lstrip(" ") if "\t" not in text else cleandoc(text)
    if "\t" in text or "\r" in text or "\f" in text or "\v" in text:
        return cleandoc(text)
    margin = min(map(len, _MARGIN.findall(text)), default=0)
    said = re.sub(rf"\n {{1,{margin}}}", "\n", text) if margin else text
    return said.lstrip(" ").strip("\n")


def _parsed(lines: list[str]) -> str | None:
    """The docstring as Python reads it; None where that is no Python of this version."""
    indent = len(lines[0]) - len(lines[0].lstrip())
    snippet = "\n".join(each[indent:] if not each[:indent].strip() else each for each in lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a foreign docstring escapes wrongly is its own affair
            node = ast.parse(snippet + "\n    ...\n").body[0]
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        return None
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return None
    return ast.get_docstring(node)


def _signature(head: str) -> str:
    """All before the docstring, in one line, as it was written but for its line breaks."""
    squeezed = " ".join(head.split()).replace("( ", "(").replace(", )", ")").replace(" )", ")")
    return squeezed.removesuffix(":")
