"""``completist show``: one item, and where each value comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.numbers import Whole
from completist.cli.paper import Cell, Column, Ink, Tone, bar
from completist.cli.session import Session
from completist.domain.fields import Origin, Value

if TYPE_CHECKING:
    from completist.app import App
    from completist.engine.viewing import ItemView
    from completist.store.changes import Change

#: Characters of a value that fit a line.
LONG = 200


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n  completist show 12\n  completist show 12 13 14\n  completist show 12 --history",
)
@click.argument("ids", type=Whole(), nargs=-1, required=True, metavar="ID...")
@click.option("--history", is_flag=True, help="Also every change, oldest first, with its number for undo.")
@click.pass_obj
def show(session: Session, ids: Sequence[int], history: bool) -> int:
    """One item or several: what each field holds, who said so, what is locked and what is missing."""
    with session.open() as app:
        sheets = [_Sheet(app.show(each), app.related(each), app.history(each)) for each in dict.fromkeys(ids)]
        documents = [_document(app, sheet, history=history) for sheet in sheets] if session.json else []
    if session.json:
        held = documents[0] if len(ids) == 1 else {"items": documents}
        session.paper.document({"schema": 1, **held})
        return OK
    for number, sheet in enumerate(sheets):
        if number:
            session.paper.line()
        _tell(session, sheet.view)
        _tell_matches(session, sheet.view)
        _tell_scores(session, sheet.view)
        for name, other in sheet.related:
            session.paper.line(f"{name}: {_title(other)}  (show {other.id})")
        if history:
            _tell_history(session, sheet.past)
    return OK


@dataclass(frozen=True, slots=True)
class _Sheet:
    """All that is shown of an item."""

    view: ItemView
    related: Sequence[tuple[str, ItemView]]
    past: Sequence[Change]


def _document(app: App, sheet: _Sheet, *, history: bool) -> dict[str, Any]:
    document: dict[str, Any] = {**app.as_object(sheet.view), "gaps": list(sheet.view.gaps)}
    document["related"] = [
        {"relation": name, "id": other.id, "kind": other.kind.name, "title": _title(other)}
        for name, other in sheet.related
    ]
    if history:
        document["history"] = [_as_object(change) for change in sheet.past]
    return document


def _title(view: ItemView) -> str:
    return words.data(view.data.get(view.kind.title)) or "[ no title ]"


def _tell(session: Session, view: ItemView) -> None:
    paper = session.paper
    origins = ", ".join(f"{words.source(name)} {key}" for name, key in view.sources)
    paper.line(
        Ink(_title(view), Tone.STRONG),
        f"  {view.kind.name} {view.id}{', from ' + origins if origins else ''}",
    )
    rows: list[tuple[Cell, ...]] = []
    for field in view.kind.fields:
        value = view.values.get(field.name)
        if field.name in view.gaps:
            lock = "locked" if field.name in view.locked else ""
            rows.append((field.name, Ink("[ missing ]", Tone.GAP), "", "", lock))
        elif value is not None:
            rows.append(_row(field.name, value, locked=field.name in view.locked))
    columns = (
        Column("field"),
        Column("value", grows=True, wraps=True),
        Column("from", spare=True),
        Column("sure", right=True, spare=True),
        Column("lock", spare=True),
    )
    paper.table(columns, rows)


def _row(name: str, value: Value, *, locked: bool) -> tuple[Cell, ...]:
    typed = value.origin is Origin.USER
    tone = Tone.TYPED if typed else Tone.FILLED if value.origin is Origin.PROVIDER else Tone.QUIET
    held = words.short(words.data(value.data), LONG) if value.data is not None else ""
    sure = "" if value.origin is not Origin.PROVIDER else f"{value.confidence * 100:.0f}%"
    lock = "typed" if typed else "locked" if locked else ""
    return (name, held or Ink("(cleared)", Tone.TYPED), Ink(words.who(value), tone), sure, lock)


def _tell_matches(session: Session, view: ItemView) -> None:
    tones = {"auto": Tone.FILLED, "review": Tone.UNCERTAIN, "none": Tone.NONE}
    told = {"auto": "matched", "review": "to review", "none": "no answer"}
    for pipeline, match in view.matches.items():
        verdict = match.verdict.value
        what = f" {match.record} ({match.level.value})" if match.record and match.level else ""
        said = Ink(told[verdict], tones[verdict])
        session.paper.line(f"{pipeline}: ", said, what, f", {words.reasons(match.reasons)}")


def _tell_scores(session: Session, view: ItemView) -> None:
    session.paper.line(*bar(view.completeness, 100), f" {view.completeness} % complete")
    if view.qualities:
        told = ", ".join(
            f"{words.source(name)} {worth * 100:.0f} %" for name, worth in view.qualities.items()
        )
        session.paper.line(f"records: {told}")


#: What stands for the fields of a change that names none: an item's creation comes with everything.
_ALL = {"create": "all"}


def _tell_history(session: Session, past: Sequence[Change]) -> None:
    session.paper.line()
    session.paper.line(Ink("History", Tone.STRONG))
    rows = []
    for change in past:
        fields = ", ".join(dict.fromkeys(layer[0] for layer in change.after)) or _ALL.get(change.action, "-")
        who = words.source(change.source) or ("you" if change.origin is Origin.USER else change.origin.value)
        undone = Ink("undone", Tone.NONE) if change.undone_by is not None else ""
        rows.append((str(change.id), words.moment(change.at), change.action, who, undone, fields))
    columns = (
        Column("change", right=True), Column("when"), Column("what"), Column("who", spare=True), Column(),
        Column("fields", grows=True, wraps=True),
    )  # fmt: skip
    session.paper.table(columns, rows)


def _as_object(change: Change) -> dict[str, Any]:
    return {
        "change": change.id,
        "at": change.at,
        "action": change.action,
        "origin": change.origin.value,
        "source": change.source,
        "run": change.run_id,
        "import": change.import_id,
        "undone": change.undone_by is not None,
        "fields": [
            {
                "field": name,
                "origin": origin.value,
                "source": source,
                "before": _data(change.before.get((name, origin, source))),
                "after": _data(value),
            }
            for (name, origin, source), value in change.after.items()
        ],
    }


def _data(value: Value | None) -> Any:
    return None if value is None else value.data
