"""Note types: their ids and their fields are frozen for ever. A new shape is a new id, never a change of these.

Anki takes a package's note as an update only if its type has the same id and the same fields; styles and templates may
change, and are taken over when `CHANGED_AT` is newer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from completist.domain.cards import Finished, Form, constant_id

#: When a style or a template last changed, in seconds since the epoch; to be raised with each such change.
CHANGED_AT = 1_764_000_000

STYLE = """\
.card { font-family: system-ui, sans-serif; font-size: 20px; text-align: left; line-height: 1.45;
  max-width: 42em; margin: 0 auto; padding: 0 .6em; color: #1b1f24; background: #fff; }
.front { font-weight: 600; }
.extra, .source { color: #667; font-size: .72em; margin-top: 1.2em; }
.source { font-family: ui-monospace, monospace; font-size: .6em; word-break: break-all; }
code { font-family: ui-monospace, monospace; font-size: .88em; background: #f1f3f5; padding: .05em .25em; }
pre.hl { background: #f6f8fa; padding: .7em; border-radius: 6px; overflow-x: auto; white-space: pre; font-size: .8em; }
pre.hl code { background: none; padding: 0; }
.cloze { font-weight: 700; color: #0b62d6; }
.hl .k, .hl .kd, .hl .kn, .hl .kr, .hl .ow { color: #a31f8d; } .hl .kc, .hl .mi, .hl .mf, .hl .m { color: #0b62d6; }
.hl .s, .hl .s1, .hl .s2, .hl .sd, .hl .sa { color: #0a7038; } .hl .c, .hl .c1, .hl .cm, .hl .ch { color: #6a737d; }
.hl .nf, .hl .nc, .hl .fm { color: #6a35b5; } .hl .nb, .hl .bp, .hl .kt { color: #9a5b00; }
.nightMode.card, .nightMode .card { color: #e6e8eb; background: #1d1f21; }
.nightMode code, .nightMode pre.hl { background: #2a2d31; }
.nightMode .extra, .nightMode .source { color: #9aa3ad; } .nightMode .cloze { color: #6cb2ff; }
.nightMode .hl .k, .nightMode .hl .kd, .nightMode .hl .kn, .nightMode .hl .ow { color: #e78bd8; }
.nightMode .hl .kc, .nightMode .hl .mi, .nightMode .hl .mf { color: #79b8ff; }
.nightMode .hl .s, .nightMode .hl .s1, .nightMode .hl .s2, .nightMode .hl .sd { color: #8ddb8c; }
.nightMode .hl .c, .nightMode .hl .c1 { color: #8b949e; }
.nightMode .hl .nf, .nightMode .hl .nc { color: #c5a3ff; } .nightMode .hl .nb, .nightMode .hl .kt { color: #f0b36b; }
"""

_REST = '{{#Extra}}<div class="extra">{{Extra}}</div>{{/Extra}}<div class="source">{{Source}}</div>'


@dataclass(frozen=True, slots=True)
class NoteType:
    """A note type: its name, its fields in order, and its template."""

    form: Form
    name: str
    fields: tuple[str, ...]
    question: str
    answer: str

    @property
    def id(self) -> int:
        """The same on every machine."""
        return constant_id(f"note-type:{self.name}")

    def row(self, card: Finished) -> list[str]:
        """A card's fields in order."""
        said: Mapping[str, str] = {
            "Key": card.uid,
            "Front": card.parts.get("front", ""),
            "Back": card.parts.get("back", ""),
            "Text": card.parts.get("text", ""),
            "Extra": card.parts.get("extra", ""),
            "Source": card.source,
            "Pipeline": card.pipeline,
        }
        return [said[name] for name in self.fields]

    def declared(self) -> dict[str, Any]:
        """As a package declares it."""
        return {
            "id": self.id,
            "name": self.name,
            "type": 1 if self.form is Form.CLOZE else 0,
            "mod": CHANGED_AT,
            "usn": -1,
            "sortf": 0,
            "did": None,
            "css": STYLE,
            "latexPre": "\\documentclass[12pt]{article}\n\\begin{document}\n",
            "latexPost": "\\end{document}",
            "latexsvg": False,
            "tags": [],
            "vers": [],
            "req": [[0, "any", [1]]],
            "flds": [
                {
                    "name": name,
                    "ord": place,
                    "sticky": False,
                    "rtl": False,
                    "font": "Arial",
                    "size": 20,
                    "media": [],
                }
                for place, name in enumerate(self.fields)
            ],
            "tmpls": [
                {
                    "name": "Cloze" if self.form is Form.CLOZE else "Card 1",
                    "ord": 0,
                    "qfmt": self.question,
                    "afmt": self.answer,
                    "bqfmt": "",
                    "bafmt": "",
                    "did": None,
                }
            ],
        }


BASIC = NoteType(
    Form.BASIC,
    "Completist Basic",
    ("Key", "Front", "Back", "Extra", "Source", "Pipeline"),
    '<div class="front">{{Front}}</div>',
    f'<div class="front">{{{{Front}}}}</div><hr id="answer"><div class="back">{{{{Back}}}}</div>{_REST}',
)
CLOZE = NoteType(
    Form.CLOZE,
    "Completist Cloze",
    ("Key", "Text", "Extra", "Source", "Pipeline"),
    "{{cloze:Text}}",
    f"{{{{cloze:Text}}}}{_REST}",
)

TYPES: Mapping[Form, NoteType] = {Form.BASIC: BASIC, Form.CLOZE: CLOZE}
