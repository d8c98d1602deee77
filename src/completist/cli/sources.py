"""``completist sources``: the live providers, how each stands, and what a person can change about that."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from completist.cli import words
from completist.cli.commands import VerbGroup
from completist.cli.failures import ACTION, ERROR, OK, PARTLY, TEMPORARY
from completist.cli.paper import Cell, Column, Ink, Tone
from completist.cli.session import Session
from completist.domain.errors import ActionRequired
from completist.domain.run import Outcome

if TYPE_CHECKING:
    from completist.app.sources import Needed, Source, Trial
    from completist.domain.budget import Rate

_NAME = click.argument("name", metavar="NAME")

_CODES = {
    Outcome.FOUND: OK,
    Outcome.INVALID_KEY: ACTION,
    Outcome.BLOCKED: ACTION,
    Outcome.RATE_LIMITED: TEMPORARY,
    Outcome.QUOTA_EXHAUSTED: TEMPORARY,
    Outcome.TRANSIENT: TEMPORARY,
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def sources(ctx: click.Context) -> int | None:
    """The live sources: in which order they are asked, how they stand, and what they are allowed."""
    code: int | None = ctx.invoke(list_) if ctx.invoked_subcommand is None else None
    return code


@sources.command(name="list")
@click.pass_obj
def list_(session: Session) -> int:
    """Every source in the order in which it is asked (so it is without a verb, too)."""
    from completist.app.explaining import state_of

    with session.open() as app:
        found = app.sources.all()
    if session.json:
        listed = [
            {**asdict(each), "told": asdict(state_of(each, words.moment)), "rate": asdict(each.rate)}
            for each in found
        ]
        session.paper.document({"schema": 1, "sources": listed})
        return OK
    columns = (
        Column("source"),
        Column("state", grows=True, wraps=True),
        Column("calls left today", right=True),
        Column("pace", spare=True),
        Column("answers kept", right=True, spare=True),
        Column("what is due takes", spare=True),
    )
    session.paper.table(columns, [_row(each) for each in found], indent=0)
    if any(each.needed.items for each in found):
        session.paper.say("At most: by then each item had to be searched for. Most are answered sooner.")
    return OK


def _row(source: Source) -> tuple[Cell, ...]:
    from completist.app.explaining import state_of
    from completist.app.sources import State

    told = state_of(source, words.moment).text
    tone = {State.READY: Tone.FILLED, State.BREAKER: Tone.FAILED, State.NEEDS_KEY: Tone.NONE}
    kept = source.kept
    return (
        source.name,
        Ink(told, tone.get(source.state, Tone.GAP)),
        "any" if source.quota is None else f"{source.left:,} of {source.quota:,}",
        pace(source.rate),
        f"{kept.answers:,}" + (f" ({kept.unknown:,} unknown)" if kept.unknown else ""),
        at_most(source.needed, source.quota),
    )


def pace(rate: Rate) -> str:
    """How often a provider is asked: ``1 a second``, ``170 a minute``."""
    a_second = 1000 / rate.interval_ms
    if a_second >= 1 and a_second == int(a_second):
        return f"{int(a_second):,} a second"
    return f"{60_000 / rate.interval_ms:,.0f} a minute"


def at_most(needed: Needed, quota: int | None) -> str:
    """How long a provider takes over what is due."""
    if not needed.items:
        return "nothing is due"
    if needed.days:
        return f"{needed.items:,}: at most {words.counted(needed.days, 'day')} at {quota or 0:,} a day"
    return f"{needed.items:,}: at most {_span(needed.seconds_most)}"


def _span(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{max(1, seconds)} s"
    if seconds < _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{round(seconds / _HOUR)} h"
    return f"{round(seconds / _DAY)} days"


@sources.command(epilog="\b\nExamples:\n  completist sources test openlibrary\n  completist sources test")
@click.argument("name", required=False, metavar="[NAME]")
@click.pass_obj
def test(session: Session, name: str | None) -> int:
    """Make one real call to a source, or to each that is asked, and say what came of it.

    Exit code 0 when all is well, 4 when somebody has to do something first, 5 when it may work later, 3 when some work.
    """
    from completist.app.explaining import result_of

    done: list[Trial] = []
    with session.open() as app:
        names = app.sources.testable() if name is None else [name]
        if not names:
            raise ActionRequired("No source may be asked.", hint="completist sources")
        for each in names:
            tested = app.sources.test(each)
            done.append(tested)
            told = result_of(tested, words.moment)
            tone = Tone.FILLED if tested.outcome is Outcome.FOUND else Tone.FAILED
            session.paper.line(f"{tested.label} ", Ink(told.text, tone), ".")
            if told.fix:
                session.paper.line(f"->  {session.located(told.fix)}", indent=2)
    if session.json:
        listed = [{**asdict(each), "told": asdict(result_of(each, words.moment))} for each in done]
        session.paper.document({"schema": 1, "tests": listed})
    return _code(done)


def _code(done: list[Trial]) -> int:
    codes = [_CODES.get(each.outcome, ERROR) for each in done]
    failed = [code for code in codes if code != OK]
    if not failed:
        return OK
    return PARTLY if len(failed) < len(codes) else failed[0]


@sources.command(
    epilog="\b\nExamples:\n"
    "  completist sources key isbndb --plan premium\n"
    "  completist sources key isbndb < key.txt\n"
    "  completist sources key isbndb --forget"
)
@_NAME
@click.option(
    "--plan", default="", metavar="PLAN", help="The plan that was paid for, where there are several."
)
@click.option("--forget", is_flag=True, help="Forget the key that is kept.")
@click.pass_obj
def key(session: Session, name: str, plan: str, *, forget: bool) -> int:
    """Keep a source's key, asked for at the terminal or read from standard input. It is not shown again.

    It is kept in provider-keys.toml in the data folder, which only you may read. A key in the environment wins.
    """
    if forget and plan:
        raise click.UsageError("--plan goes with a key, --forget without.")
    from completist.app.sources import State

    with session.open() as app:
        of, keyring = app.sources.plan(name), app.sources.keyring
        if forget:
            changed = keyring.forget(of)
        else:
            if not of.secret:
                keyring.keep(of, "", plan)  # says that it needs none
            session.paper.say(f"You get it at {of.where}")
            keyring.keep(of, _read(of.label), plan)
            changed = True
            if app.sources.one(name).state is State.BREAKER:  # it turned another key away
                app.sources.resume(name)
        source = app.sources.one(name)
    held = source.key
    if session.json:
        session.paper.document(
            {"schema": 1, "changed": changed, "key": None if held is None else asdict(held)}
        )
        return OK
    if forget:
        session.paper.line(
            f"The key of {of.label} is forgotten." if changed else f"None was kept of {of.label}."
        )
    elif held is not None:
        session.paper.line(f"The key of {of.label} is kept ({held.shown}).")
        test_it = session.command("sources", "test", name)
        session.paper.say(
            f"{test_it} tries it. A completist serve that is running sees it when started again."
        )
    if held is not None and held.from_environment:
        session.paper.say(f"As long as {held.variable} is set in the environment, that one counts.")
    return OK


def _read(label: str) -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt(f"Key of {label}", hide_input=True, err=True)
        return typed.strip()
    return sys.stdin.read().strip()


@sources.command()
@_NAME
@click.pass_obj
def pause(session: Session, name: str) -> int:
    """Ask a source nothing until you resume it. What waits for it goes on waiting; the others are asked."""
    with session.open() as app:
        changed = app.sources.pause(name)
    again = session.command("sources", "resume", name)
    before = "" if changed else " already"
    _answer(session, name, f"{name} is paused{before}; {again} lets it be asked again.", changed=changed)
    return OK


@sources.command()
@_NAME
@click.pass_obj
def resume(session: Session, name: str) -> int:
    """Ask a source again that you paused, or that is left alone because it was in trouble."""
    with session.open() as app:
        changed = app.sources.resume(name)
    told = f"{name} is asked again." if changed else f"{name} was neither paused nor left alone."
    _answer(session, name, told, changed=changed)
    return OK


def _answer(session: Session, name: str, told: str, *, changed: bool) -> None:
    if session.json:
        session.paper.document({"schema": 1, "source": name, "changed": changed})
    session.paper.line(told)
