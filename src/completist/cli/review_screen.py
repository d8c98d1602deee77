"""The review screen: one proposal, yours beside the candidates, and what each choice would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from completist.cli import words
from completist.cli.paper import Cell, Column, Ink, Paper, Tone
from completist.domain.fields import Origin, is_empty
from completist.domain.outcome import Effect, Side, outcome

if TYPE_CHECKING:
    from completist.domain.kind import Field
    from completist.domain.matching import Candidate
    from completist.engine.viewing import ItemView
    from completist.store.matches import Proposal

KEYS = (
    ("A", "accept 1"),
    ("2", "accept 2, and so on"),
    ("R", "reject all"),
    ("S", "skip"),
    ("J/K", "next/previous"),
    ("E", "type a value"),
    ("U", "undo"),
    ("?", "help"),
    ("Q", "quit"),
)
HELP = """\
A  accept the first candidate          R  reject all: they are never offered again
2  accept the second (3, 4, 5 ...)     S  skip: decide another time
J  next, without deciding              K  previous
E  type a value: field=value           U  undo the last decision, also several times
?  this help                           Q  quit; what you decided is kept

=  both say the same        +  an empty field gets this value
≠  they differ; yours stays ~  an older answer gives way to this one
·  held back: locked, or true of one edition only

Nothing that you typed or imported is overwritten, whatever you accept."""

_MARKS = {
    Effect.SAME: ("=", Tone.QUIET),
    Effect.FILLS: ("+", Tone.FILLED),
    Effect.STAYS: ("≠", Tone.UNCERTAIN),
    Effect.REPLACES: ("~", Tone.RUNNING),
    Effect.HELD_BACK: ("·", Tone.NONE),
}
#: Which rows go first when a screen is too low for all.
_RANK = (Effect.STAYS, Effect.FILLS, Effect.REPLACES, Effect.SAME, Effect.HELD_BACK)
_TITLES = 18  #: columns for the names of the fields
_LINES = 3  #: lines that a title may take
_NARROW, _WIDE = 72, 116  #: columns of a terminal below or from which one or three candidates are shown
_AROUND = 13  #: lines of a screen beside the table and what each choice would do
_NAMED = 6


def show_proposal(paper: Paper, proposal: Proposal, view: ItemView, place: str, height: int) -> None:
    """Print one proposal with its candidates."""
    title = words.data(view.data.get(view.kind.title)) or "[ no title ]"
    byline = words.data(view.data.get(view.kind.byline)) if view.kind.byline else ""
    paper.line(Ink(f"{place} · proposal {proposal.id} · {view.kind.name} {view.id}", Tone.QUIET))
    cut = paper.width - 2
    paper.line(Ink(words.short(title, cut), Tone.STRONG))
    paper.line(words.short(byline, cut))
    paper.line(Ink("? ", Tone.UNCERTAIN), words.short(_why(proposal), 2 * cut))
    paper.line()
    sides = [outcome(view.kind, view.values, view.locked, c) for c in proposal.candidates]
    shown = 1 if paper.width < _NARROW else 3 if paper.width >= _WIDE else 2
    around = _AROUND + 2 * min(shown, len(sides)) + max(0, len(sides) - shown)
    _compare(paper, proposal.candidates[:shown], sides[:shown], view, height - around)
    paper.line()
    for number, (candidate, each) in enumerate(zip(proposal.candidates, sides, strict=True), 1):
        if number > shown:
            paper.line(f"{number}  ", words.short(_one_line(candidate), cut - 3))
        else:
            paper.line(Ink(f"{number}  ", Tone.STRONG), told(each, view))
    paper.line()
    _show_keys(paper)


def _why(proposal: Proposal) -> str:
    return words.reasons(proposal.reasons) or "nobody said why"


def _one_line(candidate: Candidate) -> str:
    year = f", {candidate.year}" if candidate.year else ""
    by = f" · {candidate.byline}" if candidate.byline else ""
    return f"{candidate.confidence * 100:.0f}%  {candidate.title}{by}{year} · {candidate.record}"


def _compare(
    paper: Paper,
    candidates: Sequence[Candidate],
    sides: Sequence[Sequence[Side]],
    view: ItemView,
    lines: int,
) -> None:
    room = max(12, (paper.width - _TITLES - 2 * (len(candidates) + 2)) // (len(candidates) + 1))
    by_field = [{side.field.name: side for side in each} for each in sides]
    fields = _fields(view, by_field)
    names = [
        text for name in (view.kind.title, view.kind.byline) if name for text in _texts(name, view, by_field)
    ]
    longest = max((len(text) for text in names), default=0)
    kept = _most_telling(fields, by_field, max(4, lines - min(_LINES, longest // room + 1)))
    table = [_row(field, view, by_field, room) for field in fields if field.name in kept]
    heads = [
        words.short(f"{number}  {c.confidence * 100:.0f}%  {c.record}", room)
        for number, c in enumerate(candidates, 1)
    ]
    columns = [Column(width=_TITLES), *(Column(h, wraps=True, width=room) for h in ("yours", *heads))]
    paper.table(columns, table, indent=0)
    if len(fields) > len(kept):
        paper.line(Ink(f"and {words.counted(len(fields) - len(kept), 'more field')}", Tone.QUIET))


def _texts(name: str, view: ItemView, by_field: Sequence[dict[str, Side]]) -> list[str]:
    """What everybody says of one field."""
    return [words.data(view.data.get(name)), *(words.data(e[name].theirs) for e in by_field if name in e)]


def _fields(view: ItemView, by_field: Sequence[dict[str, Side]]) -> list[Field]:
    """The fields about which any candidate says something, and the item's own name."""
    always = (view.kind.title, view.kind.byline)
    return [f for f in view.kind.fields if f.name in always or any(f.name in each for each in by_field)]


def _most_telling(fields: Sequence[Field], by_field: Sequence[dict[str, Side]], rows: int) -> set[str]:
    def rank(field: Field) -> int:
        effects = [each[field.name].effect for each in by_field if field.name in each]
        return min((_RANK.index(effect) for effect in effects), default=0)

    first, *rest = fields
    return {first.name, *(f.name for f in sorted(rest, key=rank)[: rows - 1])}


def _row(field: Field, view: ItemView, by_field: Sequence[dict[str, Side]], room: int) -> tuple[Cell, ...]:
    named = field.name in (view.kind.title, view.kind.byline)
    long = room * _LINES if named else room  # a name is what a person compares: it is shown in full
    return (
        words.short(field.label, _TITLES),
        _mine(field, view, long),
        *(_theirs(each.get(field.name), long) for each in by_field),
    )


def _mine(field: Field, view: ItemView, room: int) -> Cell:
    value = view.values.get(field.name)
    if value is None or is_empty(value.data):
        if value is not None and value.origin is Origin.USER:
            return Ink("(cleared by you)", Tone.TYPED)
        return Ink("[ missing ]", Tone.GAP) if field.name in view.gaps else Ink("-", Tone.QUIET)
    text = words.short(words.data(value.data), room)
    return Ink(text, Tone.TYPED) if value.origin is Origin.USER else text


def _theirs(side: Side | None, room: int) -> Cell:
    if side is None:
        return ""
    mark, tone = _MARKS[side.effect]
    text = words.short(words.data(side.theirs), room - 2)
    return (Ink(f"{mark} ", tone), text if side.effect is not Effect.SAME else Ink(text, Tone.QUIET))


def told(sides: Sequence[Side], view: ItemView) -> str:
    """What accepting would do, as a sentence."""
    fills = [s.field for s in sides if s.effect is Effect.FILLS]
    gaps = [f for f in fills if f.name in view.gaps]
    more = len(fills) - len(gaps)
    replaced = [s.field.label.lower() for s in sides if s.effect is Effect.REPLACES]
    stays = [s.field.label for s in sides if s.effect is Effect.STAYS]
    parts = []
    if gaps:
        named = f" ({words.listed(_some(f.label for f in gaps))})"
        parts.append(f"fills {words.counted(len(gaps), 'gap')}{named}")
    if more:
        other = words.counted(more, "more field" if gaps else "field")
        parts.append(other if gaps else f"fills {other}")
    if replaced:
        parts.append(f"renews {words.listed(_some(replaced))}")
    sentence = " and ".join(parts) if parts else "fills nothing, but settles what this is"
    if stays:
        verb = "stays as it is" if len(stays) == 1 else "stay as they are"
        sentence += f"; your {words.listed(_some(stays))} {verb}"
    return f"{sentence}."


def _some(names: Iterable[str]) -> list[str]:
    found = list(names)
    return found if len(found) <= _NAMED else [*found[: _NAMED - 1], f"{len(found) - _NAMED + 1} more"]


def _show_keys(paper: Paper) -> None:
    parts: list[str | Ink] = []
    for key, what in KEYS:
        parts += [Ink(key, Tone.STRONG), f" {what}   "]
    paper.line(*parts)
