"""Python: public functions and classes with docstrings, as far as a commit wrote some of them.

A definition is cut out by its indentation and handed to `ast` alone: a file that does not parse as a whole, or is of
another version of the language, still gives what can be read of it.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from inspect import cleandoc

from completist.kinds.commits.parse.diff import Written, touches
from completist.sdk.cards import Block

_DEFINES = re.compile(r"([ \t]*)(async def|def|class)[ \t]+([A-Za-z_]\w*)[ \t]*[(:\[\\]")
_QUOTES = (b'"""', b"'''")

#: A docstring without a prefix, without escapes, and without the quotes that it stands in.
_PLAIN = re.compile(r'\s*("""|\'\'\')((?:(?!\1)[^\\])*)\1\s*')

#: A written line that reads as a sentence and not as code: it may stand in the midst of a long docstring.
_PROSE = re.compile(
    rb"\n[+-][ \t]*(?!(?:return|yield|from|import|assert|raise|del|if|elif|while|for|with|not|lambda|global|nonlocal"
    rb"|async|await|def|class|print|except|case)\b)[`*]*[A-Za-z][\w`'*-]*,?(?: [(`*]*[A-Za-z][\w`'*.-]*[),;:]*){3,}"
)

#: A written line that reads as a parameter: it may stand in a long signature.
_PARAMETER = re.compile(rb"\n[+-][ \t]+\*{0,2}[A-Za-z_]\w*(?:: .+)?,[ \t]*(?:#.*)?(?=\n|$)")

#: Lines of a signature, and of a docstring, that are read.
SIGNATURE, DOCSTRING = 40, 120

#: Letters of a docstring below which it says nothing worth asking for.
SHORTEST = 20


@dataclass(frozen=True, slots=True)
class Definition:
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
    return _PROSE.search(body, before, end) is not None or _PARAMETER.search(body, before, end) is not None


def parse(path: str, text: str, written: Written) -> list[Block]:
    """The definitions of which a commit wrote some line of the signature or the docstring."""
    if is_test(path):
        return []
    lines = text.split("\n")
    blocks: list[Block] = []
    for at in _near(lines, written):
        found = defined(lines[at], at)
        span = None if found is None or found.name.startswith("_") else docstring_of(lines, at)
        if found is None or span is None or not touches(written, at + 1, span[1] + 1):
            continue
        name = _within(lines, found)
        block = None if name is None else block_of(path, name, lines, (at, *span), at + 1)
        if block is not None:
            blocks.append(block)
    return blocks


def _near(lines: list[str], written: Written) -> list[int]:
    """Places of the lines that define something: among what was written, and the nearest before each part of it."""
    found: list[int] = []
    done = 0
    for first, last in written:
        for at in range(min(first, len(lines)) - 1, max(done, first - 1 - SIGNATURE - DOCSTRING) - 1, -1):
            if _may_define(lines[at]):
                found.append(at)
                break
        found += [at for at in range(first, min(last, len(lines))) if _may_define(lines[at])]
        done = max(done, last)
    return found


def _may_define(line: str) -> bool:
    return ("def" in line or "class" in line) and _DEFINES.match(line) is not None


def defined(line: str, at: int) -> Definition | None:
    """What a line defines."""
    match = _DEFINES.match(line)
    if match is None:
        return None
    return Definition(at, len(match[1].expandtabs()), match[3], match[2] == "class")


def _within(lines: list[str], found: Definition) -> str | None:
    """The name of what is defined, behind those of the classes that it stands in; None for one that is not public."""
    name, indent = found.name, found.indent
    for at in range(found.at - 1, -1, -1):
        if not indent:
            break
        line = lines[at]
        around = defined(line, at) if "def" in line or "class" in line else None
        if around is not None and around.indent < indent:
            if not around.is_class or around.name.startswith("_"):
                return None
            name, indent = f"{around.name}.{name}", around.indent
    return name


def is_test(path: str) -> bool:
    """Whether a file is one of tests: what they define is not public."""
    parts = path.split("/")
    return parts[-1].startswith(("test_", "conftest")) or "tests" in parts or "test" in parts


def docstring_of(lines: list[str], at: int) -> tuple[int, int] | None:
    """The first and the last line of the docstring of what is defined at a line; None when it has none."""
    depth, place = 0, at
    while place < min(len(lines), at + SIGNATURE):
        code = lines[place].partition("#")[0].rstrip()
        depth += sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))
        place += 1
        if depth <= 0 and not code.endswith("\\"):
            if not code.endswith(":"):
                return None
            break
    while place < len(lines) and not lines[place].strip():
        place += 1
    if place >= len(lines):
        return None
    first = lines[place].strip().lstrip("rRuU")
    quotes = first[:3]
    if quotes not in ('"""', "'''"):
        return None
    if first.find(quotes, 3) >= 0:
        return place, place
    for end in range(place + 1, min(len(lines), place + DOCSTRING)):
        if quotes in lines[end]:
            return place, end
    return None


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
    match = _PLAIN.fullmatch("\n".join(lines))
    return None if match is None else cleandoc(match[2])


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
