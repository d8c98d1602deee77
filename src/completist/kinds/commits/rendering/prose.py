"""Prose of notes: Markdown and plain text with formulas, as HTML that is all ours."""

from __future__ import annotations

import re
from collections.abc import Callable

from completist.kinds.commits.rendering import code
from completist.kinds.commits.rendering.escaping import formula, plain

_FENCED = re.compile(
    r"^ {0,3}(```+|~~~+)[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^ {0,3}\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_INLINE = re.compile(
    r"(?P<code>(?<!`)(`+)(?!`)(?P<said>.+?)(?<!`)\2(?!`))"
    r"|\$\$(?P<display>[^$]+?)\$\$"
    r"|\\\[(?P<bracket>.+?)\\\]"
    r"|\\\((?P<paren>.+?)\\\)"
    r"|(?<![\\$\w])\$(?P<maths>(?![\s\d]*\$)[^\s$](?:[^$\n]*?[^\s$\\])?)\$(?![\w$])"
    r"|!?\[(?P<link>[^\]\n]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"
    r"|\[\[(?:[^\]|\n]*\|)?(?P<wiki>[^\]|\n]+)\]\]"
    r"|\*\*(?P<strong>[^*\n]+?)\*\*|(?<![\w*])\*(?P<em>[^*\s][^*\n]*?)\*(?![\w*])|(?<!\w)_(?P<em2>[^_\s][^_\n]*?)_(?!\w)",
    re.DOTALL,
)
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(.*)$")


def markdown(text: str) -> str:
    """Markdown as far as notes need it: code, formulas, emphasis, lists; links are their texts."""
    parts: list[str] = []
    at = 0
    for match in _FENCED.finditer(text):
        parts += [_paragraphs(text[at : match.start()], _inline), code.block(match[3], match[2])]
        at = match.end()
    parts.append(_paragraphs(text[at:], _inline))
    return "".join(part for part in parts if part)


def paragraphs(text: str) -> str:
    """Plain text, with code in backquotes."""
    return _paragraphs(text, _quoted)


def _quoted(text: str) -> str:
    parts = re.split(r"``?([^`\n]+)``?", text)
    return "".join(code.inline(part) if place % 2 else plain(part) for place, part in enumerate(parts))


def _inline(text: str) -> str:
    parts: list[str] = []
    at = 0
    for match in _INLINE.finditer(text):
        parts += [plain(text[at : match.start()]), _one(match)]
        at = match.end()
    return "".join([*parts, plain(text[at:])])


def _one(match: re.Match[str]) -> str:
    said = {name: text for name, text in match.groupdict().items() if text is not None}
    if "code" in said:
        return code.inline(said["said"].strip())
    for name in ("display", "bracket"):
        if name in said:
            return formula(said[name], display=True)
    for name in ("paren", "maths"):
        if name in said:
            return formula(said[name], display=False)
    if "strong" in said:
        return f"<b>{_inline(said['strong'])}</b>"
    if "em" in said or "em2" in said:
        return f"<i>{_inline(said.get('em') or said['em2'])}</i>"
    return _inline(said.get("link") or said.get("wiki") or "")


def _paragraphs(text: str, inline: Callable[[str], str]) -> str:
    found = []
    for paragraph in re.split(r"\n[ \t]*\n", text.strip("\n")):
        lines = paragraph.splitlines()
        if not paragraph.strip():
            continue
        items = [_ITEM.match(line) for line in lines]
        if len(lines) > 1 and all(items):
            listed = "".join(f"<li>{inline(item[1])}</li>" for item in items if item)
            found.append(f"<ul>{listed}</ul>")
        else:
            found.append("<br>".join(inline(paragraph.strip()).split("\n")))
    return (
        "<br><br>".join(found)
        if all(not part.startswith("<ul>") for part in found)
        else "".join(part if part.startswith("<ul>") else f"<div>{part}</div>" for part in found)
    )
