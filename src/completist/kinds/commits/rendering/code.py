"""Code with classes for its colours, which the note type's style sheet gives by day and by night."""

from __future__ import annotations

import re

from completist.kinds.commits.rendering.escaping import plain

_LANGUAGE = re.compile(r"^[\w+#.-]{1,30}$")


def block(text: str, language: str) -> str:
    """A block of code."""
    return f'<pre class="hl"><code>{_highlighted(text.strip(chr(10)), language)}</code></pre>'


def inline(text: str) -> str:
    """Code within a sentence."""
    return f"<code>{plain(text)}</code>"


def _highlighted(text: str, language: str) -> str:
    from pygments import lex  # noqa: PLC0415 - slow to load, and few commands render code
    from pygments.lexers import TextLexer, get_lexer_by_name  # noqa: PLC0415 - likewise
    from pygments.token import STANDARD_TYPES  # noqa: PLC0415 - likewise
    from pygments.util import ClassNotFound  # noqa: PLC0415 - likewise

    try:
        named = language if _LANGUAGE.match(language) else "text"
        lexer = get_lexer_by_name("ts" if named == "typescript" else named, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    parts = []
    for kind, said in lex(text, lexer):
        name = STANDARD_TYPES.get(kind, "")
        shown = plain(said)
        parts.append(f'<span class="{name}">{shown}</span>' if name and said.strip() else shown)
    return "".join(parts).rstrip("\n")
