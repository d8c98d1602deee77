"""Prose out of HTML: descriptions come as markup, and are kept as plain paragraphs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
_BLOCKS = frozenset(
    ("p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "hr")
)
_SILENT = frozenset(("script", "style", "head", "title", "template"))
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
_EMPTY_LINES = re.compile(r"\n\s*\n+")


def plain_text(text: str) -> str | None:
    """The text without tags, scripts and entities, paragraphs apart by an empty line; None when nothing is left.

    Text without markup is only stripped. Nothing of the markup is interpreted or fetched.
    """
    if not _MARKUP.search(text):
        return text.strip() or None
    parser = _Stripper()
    parser.feed(text)
    parser.close()
    lines = _BLANKS.sub(" ", "".join(parser.parts)).split("\n")
    joined = "\n".join(line.strip() for line in lines)
    return _EMPTY_LINES.sub("\n\n", joined).strip() or None


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (inherited)
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.parts.append("\n" if tag in ("br", "li", "tr") else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS and tag not in ("br", "li", "tr"):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\n", " "))
