"""``completist repo``: the git repositories that flashcards are made of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from completist.cli import words
from completist.cli.commands import VerbGroup
from completist.cli.failures import OK, PARTLY
from completist.cli.flashcards import told
from completist.cli.interrupts import Interrupts
from completist.cli.paper import Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app.cards import Synced


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def repo(ctx: click.Context) -> int | None:
    """Git repositories of which flashcards are made: add, list, sync, remove."""
    code: int | None = ctx.invoke(list_) if ctx.invoked_subcommand is None else None
    return code


@repo.command(
    epilog="\b\nExamples:\n"
    "  completist repo add ~/notes\n"
    "  completist repo add ~/lectures --deck Maths::Topology --path '*.tex' --since 2026-09-01"
)
@click.argument("source", metavar="FOLDER_OR_URL")
@click.option("--name", default="", metavar="NAME", help="What it is called; by default its folder's name.")
@click.option(
    "--deck", default="", metavar="DECK", help="The deck of its cards; :: makes a deck within another."
)
@click.option(
    "--path", "paths", multiple=True, metavar="GLOB", help="Only files that fit; as often as you like."
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Only commits from that day on."
)
@click.pass_obj
def add(
    session: Session, source: str, name: str, deck: str, paths: tuple[str, ...], since: datetime | None
) -> int:
    """Register a repository and read its commits. It is copied into a quarantine, and never written to.

    It has to lie below a folder that the setting `repositories` allows.
    """
    with session.open() as app:
        day = since.date() if since else None
        made = app.cards.shelf.add(source, name=name, deck=deck, since=day, paths=paths)
    _tell(session, [made])
    session.paper.next((session.command("commits", "process"), "make cards of them"))
    return OK


@repo.command(name="list")
@click.pass_obj
def list_(session: Session) -> int:
    """Registered repositories, with their cards."""
    with session.open() as app:
        held = app.cards.repositories()
    if session.json:
        listed = [told.repository(r, counts, None if by is None else by.job_id) for r, counts, by in held]
        session.paper.document({"schema": 1, "repositories": listed})
    elif not held:
        session.paper.line("No repository is registered.")
        session.paper.next((session.command("repo", "add", "FOLDER"), "register one"))
    else:
        columns = (
            Column("name"),
            Column("deck"),
            Column("cards", right=True),
            Column("to review", right=True),
            Column("state"),
        )
        rows = []
        for each, counts, by in held:
            wanted = counts.get("accepted", 0) + counts.get("edited", 0)
            state = "being worked on" if by else each.trouble or "in order"
            rows.append((each.name, each.deck, f"{wanted:,}", f"{counts.get('pending', 0):,}", state))
        session.paper.table(columns, rows)
    return OK


@repo.command()
@click.argument("name", required=False)
@click.pass_obj
def sync(session: Session, name: str | None) -> int:
    """Fetch what is new in one repository, or in all."""
    from completist.domain.errors import CompletistError

    session.resume = session.command("repo", "sync")
    done: list[Synced] = []
    with session.open() as app, Interrupts(tell=not session.json) as stop:
        shelf = app.cards.shelf
        chosen = [shelf.named(name)] if name else shelf.all()
        for each in chosen:
            try:
                with progress(session, each.name) as tell:
                    done.append(
                        shelf.sync(each, progress=lambda n, total: tell(n, total, "commits"), stop=stop)
                    )
            except CompletistError as error:
                if name:
                    raise
                done.append(_troubled(each, error))
            if stop():
                break
        _tell(session, done)
        stop.settle()
    return PARTLY if any(each.trouble for each in done) else OK


def _troubled(repository: object, error: object) -> Synced:
    from completist.app.cards import Synced

    return Synced(repository, trouble=error.code, message=error.message)  # type: ignore[arg-type, attr-defined]  # as the caller has them


@repo.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Without asking.")
@click.pass_obj
def remove(session: Session, name: str, yes: bool) -> int:
    """Forget a repository, its commits and its cards. What is in Anki stays there."""
    with session.open() as app:
        shelf = app.cards.shelf
        found = shelf.named(name)
        if not yes:
            held = shelf.holding(found)
            gone = f"{words.counted(held.commits, 'commit')} and {words.counted(held.cards, 'card')}"
            session.paper.say(f"{gone} go with it. The repository itself, and what is in Anki, stay.")
            click.confirm(f"Forget {found.name}?", abort=True, err=True)
        count = shelf.remove(found)
    if session.json:
        session.paper.document({"schema": 1, "removed": found.name, "commits": count})
    else:
        session.paper.line(f"{found.name} is forgotten, with {words.counted(count, 'commit')}.")
    return OK


def _tell(session: Session, done: list[Synced]) -> None:
    if session.json:
        listed = [
            {
                "id": each.repository.id,
                "name": each.repository.name,
                "head": each.repository.head,
                "new": each.new,
                "trouble": each.trouble,
                "message": each.message or None,
            }
            for each in done
        ]
        session.paper.document({"schema": 1, "repositories": listed})
        return
    for each in done:
        name = Ink(each.repository.name, Tone.STRONG)
        if each.trouble:
            session.paper.line(name, f": {each.message}")
        else:
            session.paper.line(name, f": {words.counted(each.new, 'new commit')}.")
