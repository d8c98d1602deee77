"""``completist accounts`` and ``keys``: who may use a server, and the programs that act for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import VerbGroup
from completist.cli.failures import OK
from completist.cli.numbers import Whole
from completist.cli.paper import Column, Ink, Tone
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App

#: Where a browser logs in with a token.
LOGIN = "/login?token="
_MINUTES = 15


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def accounts(ctx: click.Context) -> int | None:
    """Who may use completist serve from elsewhere. On this machine nobody needs an account."""
    code: int | None = ctx.invoke(list_accounts) if ctx.invoked_subcommand is None else None
    return code


@accounts.command(name="list")
@click.pass_obj
def list_accounts(session: Session) -> int:
    """Every account with its role and its libraries."""
    with session.open() as app:
        found = [
            (each, [name for _, name in app.access.libraries(each.id)]) for each in app.access.accounts()
        ]
    if session.json:
        listed = [{**asdict(each), "libraries": libraries} for each, libraries in found]
        session.paper.document({"schema": 1, "accounts": listed})
    elif found:
        columns = (Column("name", grows=True), Column("role"), Column("library", grows=True), Column("since"))
        rows = [(a.name, a.role, words.listed(names), words.day(a.created_at)) for a, names in found]
        session.paper.table(columns, rows, indent=0)
    else:
        session.paper.line("There are no accounts: only this machine's own user is served.")
        session.paper.next((session.command("accounts", "add", "NAME"), "make the first one"))
    return OK


@accounts.command(name="add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["admin", "member"]),
    help="admin looks after the server, member only after a library; the first one is an admin, others members.",
)
@click.pass_obj
def add(session: Session, name: str, role: str | None) -> int:
    """Make an account, and a link with which its browser logs in once. The first one gets the library."""
    with session.open() as app:
        made = app.access.add_account(name, role or ("member" if app.access.has_accounts() else "admin"))
        link = _link(app, made.name)
        if session.json:
            session.paper.document({"schema": 1, "account": asdict(made), "login": link})
        else:
            session.paper.say(f"{made.name} is {'an' if made.role == 'admin' else 'a'} {made.role}.")
            _tell_link(session, link)
    return OK


@accounts.command()
@click.argument("name")
@click.pass_obj
def login(session: Session, name: str) -> int:
    """A new link with which an account's browser logs in once, within a quarter of an hour."""
    with session.open() as app:
        link = _link(app, name)
        if session.json:
            session.paper.document({"schema": 1, "login": link})
        else:
            _tell_link(session, link)
    return OK


def _link(app: App, name: str) -> str:
    """The address at which somebody logs in once: whole where the server is known, else its path."""
    owner = app.owner()
    token = app.access.login_token(name)
    return f"{(owner.url if owner and owner.url else '').rstrip('/')}{LOGIN}{token}"


def _tell_link(session: Session, link: str) -> None:
    where = "" if "://" in link else " behind the server's address"
    session.paper.say(f"Open this{where}, once, within {_MINUTES} minutes:")
    session.paper.line(link)


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def keys(ctx: click.Context) -> int | None:
    """The keys of programs that speak to completist serve."""
    code: int | None = ctx.invoke(list_keys) if ctx.invoked_subcommand is None else None
    return code


@keys.command(name="list")
@click.pass_obj
def list_keys(session: Session) -> int:
    """Every key: whose it is and when it was used. Not the keys themselves: they are not kept."""
    with session.open() as app:
        owners = {each.id: each.name for each in app.access.accounts()}
        found = app.access.keys()
    if session.json:
        listed: list[dict[str, Any]] = [{**asdict(k), "account": owners.get(k.account_id)} for k in found]
        session.paper.document({"schema": 1, "keys": listed})
        return OK
    if not found:
        session.paper.line("There are no keys.")
        return OK
    columns = (
        Column("id", right=True),
        Column("name", grows=True),
        Column("account", grows=True),
        Column("role"),
        Column("made", spare=True),
        Column("used"),
        Column(),
    )
    rows = [
        (
            str(key.id),
            key.name,
            owners.get(key.account_id, ""),
            key.role,
            words.day(key.created_at),
            words.day(key.used_at) if key.used_at else "never",
            Ink("revoked", Tone.NONE) if key.revoked_at else "",
        )
        for key in found
    ]
    session.paper.table(columns, rows, indent=0)
    return OK


@keys.command(
    name="create",
    epilog="\b\nExample:\n  completist keys create my-script --account ann > key.txt",
)
@click.argument("name")
@click.option("--account", required=True, metavar="A", help="Whose library it is for.")
@click.option(
    "--role",
    type=click.Choice(["worker", "member", "admin"]),
    default="worker",
    show_default=True,
    help="What it may do: claim and report, all of the library, all of the server.",
)
@click.pass_obj
def create_key(session: Session, name: str, account: str, role: str) -> int:
    """Make a key. It is printed this once, alone on standard output, and kept nowhere."""
    with session.open() as app:
        made, key = app.access.add_key(account, name, role)
    if session.json:
        session.paper.document({"schema": 1, **asdict(made), "key": key})
        return OK
    session.paper.say(f"Key {made.id} ({role}). Keep it now: it is not shown again.")
    session.paper.line(key)
    return OK


@keys.command()
@click.argument("key_id", type=Whole(), metavar="ID")
@click.pass_obj
def revoke(session: Session, key_id: int) -> int:
    """Make a key worthless, at once and for good."""
    with session.open() as app:
        app.access.revoke_key(key_id)
    if session.json:
        session.paper.document({"schema": 1, "revoked": key_id})
    session.paper.line(f"Key {key_id} is revoked.")
    return OK
