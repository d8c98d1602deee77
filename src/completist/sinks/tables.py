"""Tables and text: cards for anything that is not Anki."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from html import unescape

from completist.domain.cards import Finished

COLUMNS = ("key", "form", "front", "back", "extra", "deck", "tags", "source")

_BREAK = re.compile(r"<br>|</div>|</li>|</pre>")
_TAG = re.compile(r"<[^>]*>")
_CLOZE = re.compile(r"\{\{c\d+::(.*?)\}\}", re.DOTALL)
_FORMULA_OF_A_SHEET = ("=", "+", "-", "@", "\t", "\r")


def write_csv(cards: Sequence[Finished]) -> str:
    """Cards as CSV, their parts as HTML. A cell that a spreadsheet would compute begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for card in cards:
        asked = card.parts.get("front") or card.parts.get("text") or ""
        row = (
            card.uid,
            card.form.value,
            asked,
            card.parts.get("back", ""),
            card.parts.get("extra", ""),
            card.deck,
            " ".join(card.tags),
            card.source,
        )
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def write_markdown(cards: Sequence[Finished]) -> str:
    """Cards as Markdown, a question and its answer each, by deck."""
    lines: list[str] = []
    deck = None
    for card in sorted(cards, key=lambda each: (each.deck, each.uid)):
        if card.deck != deck:
            deck = card.deck
            lines += [f"# {_plain(deck)}", ""]
        if "text" in card.parts:
            lines += [_CLOZE.sub(r"==\1==", _plain(card.parts["text"])), ""]
        else:
            lines += [
                f"Q: {_plain(card.parts.get('front', ''))}",
                f"A: {_plain(card.parts.get('back', ''))}",
                "",
            ]
        lines += [f"<!-- card-id: {card.uid} -->", ""]
    return "\n".join(lines)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_OF_A_SHEET) else cell


def _plain(html: str) -> str:
    text = unescape(_TAG.sub("", _BREAK.sub("\n", html))).replace("\u200b", "")
    return re.sub(r"\n{2,}", "\n", text).strip()
