r"""Escaping: text that Anki shows as it is.

Beside HTML, Anki reads ``[sound:..]``, ``[anki:..]``, ``[latex]``, ``{{c1::..}}`` and, by MathJax, ``\(..\)`` and
``\[..\]``. https://docs.ankiweb.net/templates/fields.html
"""

from __future__ import annotations

import re
from html import escape

from completist.domain.cards import CLOSES, OPENS, PARTS

_SPECIAL = {"[": "&#91;", "]": "&#93;", "{": "&#123;", "}": "&#125;"}
_TABLE = str.maketrans(_SPECIAL)
_CLOZE = re.compile(f"{OPENS}(\\d+){PARTS}([^{OPENS}{CLOSES}]*){CLOSES}", re.DOTALL)
_MATHS = re.compile(r"\\(?=[()])|\\(?=&#9[13];)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def plain(text: str) -> str:
    """Text as HTML that shows exactly this."""
    safe = escape(_CONTROL.sub("", text)).translate(_TABLE)
    return _MATHS.sub("\\\\&#8203;", safe).replace("$$", "$&#8203;$")


def formula(text: str, *, display: bool) -> str:
    """A formula for Anki's MathJax. What could end a cloze early, or begin another thing of Anki's, is taken apart."""
    said = _CONTROL.sub("", text).strip()
    said = re.sub(r"(?<!\\)\\[()\[\]]", "", said)  # no delimiter within a delimiter
    safe = escape(said, quote=False)
    safe = safe.replace("{{", "{ {").replace("}}", "} }").replace("[", "&#91;").replace("]", "&#93;")
    while "}}" in safe or "{{" in safe:
        safe = safe.replace("{{", "{ {").replace("}}", "} }")
    safe = safe.replace("::", ":&#58;")
    return f"\\[{safe}\\]" if display else f"\\({safe}\\)"


def deletions(text: str) -> str:
    """The marks of deletions in rendered text as Anki writes them; a colon within is no hint."""
    return _CLOZE.sub(lambda m: f"{{{{c{m[1]}::{m[2].replace(':', '&#58;')}}}}}", text)
