"""Python: public functions and classes with docstrings, as far as a commit wrote some of them.

A definition is cut out by its indentation and handed to `ast` alone: a file that does not parse as a whole, or is of
another version of the language, still gives what can be read of it.
"""

from __future__ import annotations

import ast
import re
import warnings

from completist.kinds.commits.parse.diff import touches
from completist.sdk.cards import Block

_DEFINES = re.compile(r"^([ \t]*)(async def|def|class)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_QUOTES = (b'"""', b"'''")
_WRITES = re.compile(rb"^\+\s*\S", re.MULTILINE)

#: Lines of a signature, and of a docstring, that are read.
SIGNATURE, DOCSTRING = 40, 120

#: Letters of a docstring below which it says nothing worth asking for.
SHORTEST = 20


def may_define(body: bytes) -> bool:
    """Whether the hunks of a file may write a definition or its docstring: without a look at the file."""
    near = any(quotes in body for quotes in _QUOTES)
    return near and _WRITES.search(body) is not None


def parse(path: str, text: str, written: list[tuple[int, int]]) -> list[Block]:
    """The definitions of which a commit wrote some line of the signature or the docstring."""
    if _is_test(path):
        return []
    lines = text.split("\n")
    blocks: list[Block] = []
    owners: list[tuple[int, str]] = []  # (indentation, name) of what encloses a line
    at = place = 0
    for match in _DEFINES.finditer(text):
        at += text.count("\n", place, match.start())
        place = match.start()
        indent = len(match[1].expandtabs())
        owners = [owner for owner in owners if owner[0] < indent]
        name = ".".join([*(owner[1] for owner in owners), match[3]])
        owners.append((indent, match[3]))
        private = any(part.startswith("_") for part in name.split("."))
        inside = match[2] != "class" and any(owner[1] == "()" for owner in owners[:-1])
        if match[2] != "class":
            owners.append((indent, "()"))
        if private or inside or "()" in name:
            continue
        last = _docstring_end(lines, at)
        if last is not None and touches(written, at + 1, last + 1):
            block = _block(path, name, lines[at : last + 1], at + 1)
            if block is not None:
                blocks.append(block)
    return blocks


def _is_test(path: str) -> bool:
    parts = path.rsplit("/", 2)
    return (
        parts[-1].startswith(("test_", "conftest")) or "tests" in path.split("/") or "test" in path.split("/")
    )


def _docstring_end(lines: list[str], at: int) -> int | None:
    """The last line of the docstring of what is defined at a line; None when it has none."""
    depth, place = 0, at
    while place < min(len(lines), at + SIGNATURE):
        code = lines[place].partition("#")[0].rstrip()
        depth += sum(code.count(c) for c in "([{") - sum(code.count(c) for c in ")]}")
        place += 1
        if depth <= 0 and code.endswith(":"):
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
        return place
    for end in range(place + 1, min(len(lines), place + DOCSTRING)):
        if quotes in lines[end]:
            return end
    return None


def _block(path: str, name: str, lines: list[str], line: int) -> Block | None:
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
    said = ast.get_docstring(node) or ""
    if len(said) < SHORTEST:
        return None
    kind = "class" if isinstance(node, ast.ClassDef) else "function"
    return Block(
        kind=kind,
        path=path,
        title=name,
        text=_signature(snippet, node),
        answer=said,
        line=line,
        end=line + len(lines) - 1,
        dialect="code",
        label=name,
        language="python",
        context=path,
    )


def _signature(snippet: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """All before the docstring, in one line, as it was written but for its line breaks."""
    head = " ".join(snippet.split("\n")[: node.body[0].lineno - 1] or [snippet.partition(":")[0]])
    squeezed = re.sub(r"\s+", " ", head).replace("( ", "(").replace(", )", ")").replace(" )", ")")
    return squeezed.strip().removesuffix(":")
