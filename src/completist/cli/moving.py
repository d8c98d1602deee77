"""``completist migrate``: a library from SQLite to PostgreSQL."""

from __future__ import annotations

import os
import re
import time

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.paper import Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session
from completist.domain.errors import Busy


@click.command(
    cls=Verb, epilog="\b\nExample:\n  completist migrate --to postgresql://completist@localhost/completist"
)
@click.option("--to", "url", required=True, metavar="URL", help="postgresql://USER@HOST/NAME, an empty one.")
@click.option("--keep-setting", is_flag=True, help="Go on with the SQLite library afterwards.")
@click.pass_obj
def migrate(session: Session, url: str, keep_setting: bool) -> int:
    """Move the library to PostgreSQL, which any number of workers may share.

    All is copied in one transaction and read back: it arrives whole, or not at all. The SQLite file stays as it is.
    Afterwards completist.toml in the data folder names the new database. A password is best left to PGPASSWORD or
    ~/.pgpass, where other users of this machine do not see it.
    """
    session.resume = session.command("migrate", "--to", without_password(url))
    with session.open() as app:
        owner = app.owner()
        if owner is not None:
            raise Busy(
                f"completist {owner.what} (process {owner.pid}) works on this library.",
                hint="Stop it first, then migrate.",
            )
        begun = time.monotonic()
        with progress(session, "Moving") as told:
            moved = app.move_to(url, told, keep_setting=keep_setting)
        seconds = round(time.monotonic() - begun, 3)
    overruled = "COMPLETIST_DATABASE" in os.environ and not keep_setting
    if session.json:
        session.paper.document(
            {
                "schema": 1,
                "tables": [{"name": name, "rows": rows} for name, rows in moved.tables],
                "rows": moved.rows,
                "verified": True,
                "seconds": seconds,
                "to": without_password(url),
                "setting_written": not keep_setting,
            }
        )
        return OK
    rows = [(f"{count:,}", name) for name, count in moved.tables if count]
    session.paper.table((Column("rows", right=True), Column("table")), rows)
    agree = (
        f"verified: {words.counted(moved.rows, 'row')} in {words.counted(len(moved.tables), 'table')} agree"
    )
    session.paper.line(Ink(agree, Tone.FILLED), f"; moved in {seconds:.1f} s.")
    if keep_setting:
        session.paper.line("The SQLite library is still the one in use.")
    elif overruled:
        session.paper.line("COMPLETIST_DATABASE is set and overrules completist.toml: change it, too.")
    else:
        session.paper.line(f"From now on the library is at {without_password(url)} (completist.toml).")
        session.paper.next((session.command("worker"), "work off what is due, in as many as you like"))
    return OK


def without_password(url: str) -> str:
    """A database's URL as it may be shown."""
    scheme, mark, rest = url.partition("://")
    person, at, where = rest.rpartition("@")
    name, colon, _ = person.partition(":")
    hidden = re.sub(r"(password=)[^&]*", r"\1***", where)
    return f"{scheme}{mark}{name}{':***' if colon else ''}{at}{hidden}"
