"""Rendering a draft: each part in its dialect, and the deletions of a cloze card as Anki writes them."""

from __future__ import annotations

import re

from completist.domain.cards import Form, deleted, without_marks
from completist.kinds.commits.rendering import code, prose, tex
from completist.kinds.commits.rendering.escaping import deletions
from completist.sdk.cards import Draft

_TYPED = re.compile(r"\{\{c(\d{1,2})::(.+?)(?:::[^}]*)?\}\}", re.DOTALL)
_ANYTHING = re.compile("\ue011[^\ue012]*\\S")


def render(draft: Draft) -> dict[str, str]:
    """A draft's parts as HTML."""
    return {name: _part(draft, name, text) for name, text in draft.parts.items() if text.strip()}


def _part(draft: Draft, name: str, text: str) -> str:
    if draft.dialect == "latex":
        html = tex.render(text)
    elif draft.dialect == "code" and name == "extra":
        html = code.block(text, draft.language)
    elif draft.dialect in ("plain", "code"):
        html = prose.paragraphs(text)
    else:
        html = prose.markdown(text)
    return deletions(html) if draft.form is Form.CLOZE and name == "text" else html


def typed(form: Form, part: str, text: str) -> str:
    """What a person typed; in the text of a cloze card ``{{c1::..}}`` marks what is left out.

    Raises ValueError with a message for the person.
    """
    said = without_marks(text).strip()
    if form is Form.CLOZE and part == "text":
        said = _TYPED.sub(lambda m: deleted(int(m[1]), m[2]), said)
        if _ANYTHING.search(said) is None:
            raise ValueError("text takes at least one deletion, such as {{c1::the answer}}")
    if part in ("front", "back", "text") and not said:
        raise ValueError(f"{part} takes some text; discard the card if it is of no use")
    return said
