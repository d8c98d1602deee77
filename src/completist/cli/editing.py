"""``completist set``, ``lock``, ``unlock`` and ``undo``: what a person says about an item by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.numbers import Whole
from completist.cli.paper import Column
from completist.cli.session import Session
from completist.domain.errors import NotFound
from completist.domain.fields import Data, Value

if TYPE_CHECKING:
    from completist.app import App
    from completist.domain.kind import Kind

#: Characters of a value that fit beside another.
LONG = 100

_ITEM = click.argument("item_id", type=Whole(), metavar="ID")
_REHEARSE = click.option("--dry-run", is_flag=True, help="Tell what would happen, and write nothing.")


@click.command(
    name="set",
    cls=Verb,
    epilog="\b\nExamples:\n"
    '  completist set 12 title="The Dispossessed" pages=341\n'
    '  completist set 12 authors="Ursula K. Le Guin; Somebody Else"\n'
    "  completist set 12 subtitle=            clears it, and keeps it empty\n"
    "  completist set 12 --give-up title      lets imports and sources speak again",
)
@_ITEM
@click.argument("assignments", nargs=-1, metavar="[FIELD=VALUE...]")
@click.option("--give-up", "given_up", multiple=True, metavar="FIELD", help="Take back what you typed.")
@_REHEARSE
@click.pass_obj
def set_(
    session: Session,
    item_id: int,
    assignments: Sequence[str],
    given_up: Sequence[str],
    dry_run: bool,
) -> int:
    """Type values. What you type is locked by being typed: no import and no source ever overwrites it.

    Lists take several values with a semicolon between them; an empty value clears the field.
    """
    typed = [_split(text) for text in assignments]
    twice = Counter([name for name, _ in typed] + list(dict.fromkeys(given_up)))
    if names := [name for name, count in twice.items() if count > 1]:
        raise click.UsageError(f"{words.listed(names)}: say only once what it becomes.")
    if not typed and not given_up:
        raise click.UsageError("Name a value as field=value, or a field with --give-up.")
    with session.open() as app, rehearsed(app, dry_run=dry_run):
        values = {name: app.parse(item_id, name, text) for name, text in typed}
        before = app.show(item_id)
        _declared(before.kind, given_up)
        changed: list[str] = []
        changes: list[int] = []
        if given_up:
            back = app.give_up(item_id, list(given_up))
            changed += back.touched.get(item_id, ())
            changes += back.changes
        if values:
            written = app.set(item_id, values)
            changed += written.touched.get(item_id, ())
            changes += written.changes
        after = app.foresee(before, values, given_up) if dry_run else app.show(item_id).values
    held = {name: (after.get(name), before.values.get(name)) for name in (*given_up, *values)}
    documents = {name: {"value": _data(now), "before": _data(was)} for name, (now, was) in held.items()}
    done = [] if dry_run else changes
    _tell(session, item_id, "changed", changed, dry_run=dry_run, changes=done, values=documents)
    columns = (Column("field"), Column("value", grows=True, wraps=True), Column("before", wraps=True))
    session.paper.table(columns, [(name, *map(_said, pair)) for name, pair in held.items()])
    return OK


@click.command(cls=Verb, epilog="\b\nExample:\n  completist lock 12 title cover")
@_ITEM
@click.argument("names", nargs=-1, required=True, metavar="FIELD...")
@_REHEARSE
@click.pass_obj
def lock(session: Session, item_id: int, names: Sequence[str], dry_run: bool) -> int:
    """Keep fields as they are, empty ones too. What you typed needs no lock."""
    return _each(session, item_id, names, "locked", lambda app: app.lock, dry_run=dry_run)


@click.command(cls=Verb, epilog="\b\nExample:\n  completist unlock 12 cover")
@_ITEM
@click.argument("names", nargs=-1, required=True, metavar="FIELD...")
@_REHEARSE
@click.pass_obj
def unlock(session: Session, item_id: int, names: Sequence[str], dry_run: bool) -> int:
    """Let fields be filled again that you locked."""
    return _each(session, item_id, names, "unlocked", lambda app: app.unlock, dry_run=dry_run)


def _each(
    session: Session,
    item_id: int,
    names: Sequence[str],
    deed: str,
    do: Callable[[App], Callable[[int, str], bool]],
    *,
    dry_run: bool,
) -> int:
    """Do something to each field of an item, once all are known to exist."""
    with session.open() as app, rehearsed(app, dry_run=dry_run):
        _declared(app.show(item_id).kind, names)
        done = [name for name in names if do(app)(item_id, name)]
    _tell(session, item_id, deed, done, dry_run=dry_run)
    return OK


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n  completist undo\n  completist undo --change 8812\n  completist undo --import 3",
)
@click.option("--change", type=Whole(), metavar="N", help="One change (see show ID --history).")
@click.option("--run", type=Whole(), metavar="N", help="All that one look-up wrote.")
@click.option("--job", type=Whole(), metavar="N", help="All that one job wrote while it was open.")
@click.option("--import", "import_", type=Whole(), metavar="N", help="A whole import.")
@_REHEARSE
@click.pass_obj
def undo(session: Session, /, dry_run: bool, **what: int | None) -> int:
    """Take back the last thing that you typed, accepted or rejected; or a change, a run, a job, an import.

    What has changed since is left alone, and so is everything that you typed.
    """
    if sum(each is not None for each in what.values()) > 1:
        raise click.UsageError("Name one of --change, --run, --job and --import.")
    with session.open() as app, rehearsed(app, dry_run=dry_run):
        undone = app.undo(**what)
    if session.json:
        session.paper.document({"schema": 1, **asdict(undone), **({"dry_run": True} if dry_run else {})})
        return OK
    parts = [f"{words.counted(undone.values, 'value')} restored"] if undone.values else []
    if undone.removed:
        parts.append(f"{words.counted(undone.removed, 'item')} removed")
    if undone.reopened:
        parts.append(f"{words.counted(undone.reopened, 'proposal')} waiting again")
    if undone.kept:
        parts.append(f"{undone.kept:,} left alone, changed since")
    would = "Would be undone" if dry_run else "Undone"
    session.paper.say(f"{would}: {', '.join(parts) or 'nothing was left to restore'}.")
    return OK


def _data(value: Value | None) -> Data:
    return None if value is None else value.data


def _said(value: Value | None) -> str:
    """A value, and who said it."""
    if value is None:
        return "[ missing ]"
    held = "(cleared)" if value.data is None else words.short(words.data(value.data), LONG)
    return f"{held}  {words.who(value)}"


def rehearsed(app: App, *, dry_run: bool) -> AbstractContextManager[None]:
    """Within it nothing lasts when ``dry_run`` is set."""
    return app.rehearsing() if dry_run else nullcontext()


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(f"{text!r} is not field=value.")
    return name.strip(), value


def _declared(kind: Kind, names: Sequence[str]) -> None:
    """Make sure that every field exists before the first is touched."""
    for name in names:
        if name not in kind.by_name:
            raise NotFound(
                f"A {kind.name} has no field {name!r}.", hint=f"Its fields: {', '.join(kind.by_name)}."
            )


def _tell(
    session: Session,
    item_id: int,
    deed: str,
    names: Sequence[str],
    *,
    dry_run: bool,
    **more: Any,
) -> None:
    if session.json:
        document = {"schema": 1, "item": item_id, deed: list(names), **more}
        session.paper.document(document | ({"dry_run": True} if dry_run else {}))
        return
    would = "would be " if dry_run else ""
    session.paper.say(
        f"Item {item_id}: {would}{deed}: {words.listed(names)}."
        if names
        else f"Item {item_id}: nothing {would}{deed}."
    )
