"""Rules: the cards of a block, each with a role that it keeps for ever."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from completist.domain.cards import Form, deleted, without_marks
from completist.kinds.commits.drafting.gates import doubts
from completist.sdk.cards import Block, Draft

_HIGHLIGHT = re.compile(r"(?<!=)==(?!=)(\S(?:[^=\n]|=(?!=))*?)==(?!=)")
_CLOZE = re.compile(r"\{\{c(\d{1,2})::(.+?)(?:::[^}]*)?\}\}")
_SECTION_OF_DOCSTRING = re.compile(
    r"\n\s*(?:(?:Args|Arguments|Parameters|Returns|Yields|Raises|Examples?|Notes?|See Also|Attributes|References)"
    r"\s*(?::|\n\s*-{3,})|:param|:return|:rtype|:raises|\.\. |>>> )"
)
_ABOUT = {"function": "do", "class": "stand for"}


def draft(block: Block) -> list[Draft]:
    """The cards of a block. What the gates doubt is drafted all the same, with the doubts."""
    rule = _RULES.get(block.kind)
    return [] if rule is None else list(rule(block))


def _made(
    block: Block, role: str, parts: Mapping[str, str], *, form: Form = Form.BASIC, dialect: str = ""
) -> Draft:
    kept = {name: text.strip() for name, text in parts.items() if text.strip()}
    tags = (f"git::kind::{block.kind}",)
    found = doubts(form, kept, block)
    return Draft(role, form, kept, dialect or block.dialect, block.language, tags, found)


def _safe(block: Block) -> tuple[str, str, str]:
    return without_marks(block.title), without_marks(block.text), without_marks(block.answer)


def _latex_definition(block: Block) -> Sequence[Draft]:
    title, text, _ = _safe(block)
    if not title:
        return []
    return [_made(block, "statement", {"front": f"Define: {title}", "back": text, "extra": _context(block)})]


def _latex_statement(block: Block) -> Sequence[Draft]:
    title, text, proof = _safe(block)
    if not title:
        return []  # nothing to ask for it by
    name = block.kind.capitalize()
    called = title if name.lower() in title.lower() else f"{name} ({title})"
    made = [_made(block, "statement", {"front": f"State: {called}", "back": text, "extra": _context(block)})]
    if proof and len(proof) <= 900:  # noqa: PLR2004 - longer ones are for paper, not for a card
        parts = {"front": f"Prove: {called}\n\n{text}", "back": proof, "extra": _context(block)}
        made.append(_made(block, "proof", parts))
    return made


def _latex_problem(block: Block) -> Sequence[Draft]:
    _, text, solution = _safe(block)
    if not solution:
        return []
    return [_made(block, "solution", {"front": text, "back": solution, "extra": _context(block)})]


def _latex_example(block: Block) -> Sequence[Draft]:
    title, text, _ = _safe(block)
    if not title:
        return []
    return [
        _made(
            block, "example", {"front": f"Give an example: {title}", "back": text, "extra": _context(block)}
        )
    ]


def _question(block: Block) -> Sequence[Draft]:
    title, _, answer = _safe(block)
    return [_made(block, "answer", {"front": title, "back": answer, "extra": _context(block)})]


def _term(block: Block) -> Sequence[Draft]:
    title, _, answer = _safe(block)
    front = title if title.endswith("?") else f"What is {title}?" if _is_name(title) else f"Define: {title}"
    return [_made(block, "definition", {"front": front, "back": answer, "extra": _context(block)})]


def _is_name(title: str) -> bool:
    return title.isupper() or title[:1] == "`"


def _cloze(block: Block) -> Sequence[Draft]:
    _, text, _ = _safe(block)
    numbers = count(1)
    if _CLOZE.search(text):
        text = _CLOZE.sub(lambda m: deleted(int(m[1]), m[2]), text)
    else:
        text = _outside_code(text, lambda part: _HIGHLIGHT.sub(lambda m: deleted(next(numbers), m[1]), part))
    return [_made(block, "cloze", {"text": text, "extra": _context(block)}, form=Form.CLOZE)]


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts = re.split(r"(`[^`\n]*`)", text)
    return "".join(part if place % 2 else change(part) for place, part in enumerate(parts))


def _section(block: Block) -> Sequence[Draft]:
    title, _, answer = _safe(block)
    title = re.sub(r"^\d+(?:\.\d+)*\.?\s+", "", title)
    return [_made(block, "heading", {"front": f"Define: {title}", "back": answer, "extra": _context(block)})]


def _why(block: Block) -> Sequence[Draft]:
    title, text, _ = _safe(block)
    if len(title.split()) < 3:  # noqa: PLR2004 - "Fix typo" asks nothing
        return []
    said = title[:1].lower() + title[1:] if not title.split()[0].isupper() else title
    parts = {"front": f"Why was this done: {said}?", "back": text}
    return [_made(block, "why", parts)]


def _definition_in_code(block: Block) -> Sequence[Draft]:
    title, signature, said = _safe(block)
    summary = _summary(said)
    if len(summary) < 20 or _says_only_its_name(title, summary):  # noqa: PLR2004 - letters of a sentence
        return []
    verb = _ABOUT.get(block.kind, "do")
    parts = {
        "front": f"What does `{title}` {verb} in `{_file(block.path)}`?",
        "back": summary,
        "extra": signature,
    }
    return [_made(block, "purpose", parts)]


def _file(path: str) -> str:
    """A file as it is told apart from others: by its folder, too, where all have one name."""
    folder, _, name = path.rpartition("/")
    plain = name.startswith(("__init__", "index.", "mod.rs", "main.")) and folder
    return f"{folder.rpartition('/')[2]}/{name}" if plain else name


def _summary(said: str) -> str:
    """A docstring up to its first section of arguments, at most two paragraphs."""
    prose = _SECTION_OF_DOCSTRING.split(f"\n{said}", maxsplit=1)[0].strip()
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", prose) if part.strip()]
    first = paragraphs[0] if paragraphs else ""
    return f"{first}\n\n{paragraphs[1]}" if len(paragraphs) > 1 and len(first) < 60 else first  # noqa: PLR2004 - letters


def _says_only_its_name(title: str, summary: str) -> bool:
    """Whether a docstring repeats the name: "Get the user." for ``get_user``."""
    name = {part.lower().rstrip("s") for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", title)}
    said = {part.lower().rstrip("s") for part in re.findall(r"[A-Za-z]+", summary)}
    filler = {
        "the",
        "a",
        "an",
        "thi",
        "of",
        "for",
        "to",
        "and",
        "return",
        "function",
        "method",
        "cla",
        "given",
        "it",
        "i",
    }
    return not said - name - filler


def _context(block: Block) -> str:
    return without_marks(block.context)


_RULES: Mapping[str, Callable[[Block], Sequence[Draft]]] = {
    "definition": _latex_definition,
    **dict.fromkeys(("theorem", "proposition", "lemma", "corollary", "axiom"), _latex_statement),
    "problem": _latex_problem,
    "example": _latex_example,
    "qa": _question,
    "asked": _question,
    "term": _term,
    "cloze": _cloze,
    "section": _section,
    "why": _why,
    "function": _definition_in_code,
    "class": _definition_in_code,
}
