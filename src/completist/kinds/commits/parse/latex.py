"""LaTeX: environments of lecture notes, with braces and nesting minded and comments out of the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from completist.kinds.commits.parse.markdown import ABOVE
from completist.sdk.cards import Block

#: Environments by all the names that they go by in notes; with a star they are the same.
NAMES = {
    **dict.fromkeys(("definition", "defn", "defi", "dfn", "def", "mdefinition"), "definition"),
    **dict.fromkeys(("theorem", "thm", "mtheorem", "theo"), "theorem"),
    **dict.fromkeys(("proposition", "prop", "mproposition"), "proposition"),
    **dict.fromkeys(("lemma", "lem", "mlemma"), "lemma"),
    **dict.fromkeys(("corollary", "cor", "coro", "mcorollary"), "corollary"),
    **dict.fromkeys(("axiom", "law", "principle"), "axiom"),
    **dict.fromkeys(("example", "ex", "exmp", "mexample"), "example"),
    **dict.fromkeys(("remark", "rem", "rmk", "note", "mremark"), "remark"),
    **dict.fromkeys(("problem", "exercise", "exer", "prob", "question", "mproblem"), "problem"),
    **dict.fromkeys(("proof", "pf"), "proof"),
    **dict.fromkeys(("solution", "sol", "answer", "ans"), "solution"),
}

#: What follows a block and belongs to it.
_FOLLOWS = {"proof": ("theorem", "proposition", "lemma", "corollary"), "solution": ("problem",)}

_ENV = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+)\*?\}")
_SECTION = re.compile(r"\\(part|chapter|section|subsection|subsubsection)\*?\s*(?:\[[^\]]*\])?\{")
_LABEL = re.compile(r"\\label\s*\{([^{}]*)\}")
_KEY = re.compile(r"%+\s*(?:anki-tex-guid|card-id)\s*:\s*([\w.:-]{1,64})")
_TERM = re.compile(r"\\(?:emph|textbf|textit|defn|term|newterm)\s*\{")
_VERBATIM = ("verbatim", "lstlisting", "minted", "comment")
_DEPTH = ("part", "chapter", "section", "subsection", "subsubsection")


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    begin: int
    end: int
    body: str
    title: str


def parse(path: str, text: str) -> list[Block]:
    """The blocks of a file in order; a proof stands with what it proves, a solution with its problem."""
    if "\\begin" not in text:
        return []
    plain = without_comments(text)
    sections = list(_sections(plain))
    blocks: list[Block] = []
    last = -1
    for found in _environments(plain):
        block = _block(path, text, plain, found, sections)
        before = blocks[-1] if blocks else None
        if found.kind in _FOLLOWS:
            near = before is not None and not plain[last : found.begin].strip()
            if before is not None and near and before.kind in _FOLLOWS[found.kind] and not before.answer:
                blocks[-1] = replace(before, answer=block.text, end=block.end)
            continue
        blocks.append(block)
        last = found.end
    return [replace(each, title=each.title or _term(each)) for each in blocks]


def without_comments(text: str) -> str:
    """The text with spaces in the place of comments: every letter and line stays where it is."""
    return re.sub(r"(?<!\\)((?:\\\\)*)%[^\n]*", lambda m: m[1] + " " * (len(m[0]) - len(m[1])), text)


def _environments(text: str) -> Iterator[_Found]:
    """Known environments, outermost first; what is never closed is left out."""
    open_: list[tuple[str, int, int]] = []
    found: list[_Found] = []
    for match in _ENV.finditer(text):
        name = match[2]
        if open_ and open_[-1][0] in _VERBATIM and not (match[1] == "end" and name == open_[-1][0]):
            continue
        if match[1] == "begin":
            open_.append((name, match.start(), match.end()))
            continue
        places = [place for place, each in enumerate(open_) if each[0] == name]
        if not places:
            continue
        _, begin, inside = open_[places[-1]]
        del open_[places[-1] :]
        if name in NAMES:
            title, rest = _title(text, inside)
            found.append(_Found(NAMES[name], begin, match.end(), text[rest : match.start()], title))
    end = 0
    for each in sorted(found, key=lambda found: found.begin):
        if each.begin >= end:
            yield each
            end = each.end


def _title(text: str, at: int) -> tuple[str, int]:
    """The title in square brackets, or in the braces of tcolorbox theorems, behind the beginning."""
    rest = at
    while rest < len(text) and text[rest] in " \t":
        rest += 1
    if text[rest : rest + 1] == "[":
        end = _closing(text, rest, "[", "]")
        if end > 0:
            return " ".join(text[rest + 1 : end].split()), end + 1
    if text[rest : rest + 1] == "{":
        end = _closing(text, rest, "{", "}")
        if end > 0 and text[end + 1 : end + 2] == "{":
            second = _closing(text, end + 1, "{", "}")
            if second > 0:
                return " ".join(text[rest + 1 : end].split()), second + 1
    return "", at


def _closing(text: str, at: int, opens: str, closes: str) -> int:
    """Where what opens at ``at`` closes, braces minded; -1 when it does not within 400 letters."""
    depth = braces = 0
    for place in range(at, min(len(text), at + 400)):
        char = text[place]
        if text[place - 1] == "\\":
            continue
        if opens != "{":
            braces += (char == "{") - (char == "}")
        if braces == 0:
            depth += (char == opens) - (char == closes)
            if depth == 0:
                return place
    return -1


def _sections(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _SECTION.finditer(text):
        end = _closing(text, match.end() - 1, "{", "}")
        if end > 0:
            yield match.start(), _DEPTH.index(match[1]), " ".join(text[match.end() : end].split())


def _block(path: str, text: str, plain: str, found: _Found, sections: list[tuple[int, int, str]]) -> Block:
    label = _LABEL.search(found.body)
    key = _KEY.search(text, max(0, text.rfind("\n", 0, max(0, found.begin - 1))), found.end)
    return Block(
        kind=found.kind,
        path=path,
        title=found.title,
        text=_tidy(_LABEL.sub("", found.body)),
        line=plain.count("\n", 0, found.begin) + 1,
        end=plain.count("\n", 0, found.end) + 1,
        dialect="latex",
        label=label[1] if label else "",
        key=key[1] if key else "",
        context=_above(sections, found.begin),
    )


def _above(sections: list[tuple[int, int, str]], place: int) -> str:
    above: dict[int, str] = {}
    for at, depth, title in sections:
        if at > place:
            break
        above = {d: t for d, t in above.items() if d < depth} | {depth: title}
    return ABOVE.join(above.values())


def _term(block: Block) -> str:
    """What a definition without a title defines: the first thing that it sets apart."""
    match = _TERM.search(block.text) if block.kind == "definition" else None
    if match is None:
        return ""
    end = _closing(block.text, match.end() - 1, "{", "}")
    term = " ".join(block.text[match.end() : end].split()) if end > 0 else ""
    return term if len(term) <= 80 else ""  # noqa: PLR2004 - a term, not a sentence


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
