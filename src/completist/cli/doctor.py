"""``completist doctor``: checks that everything is in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import ERROR, OK
from completist.cli.paper import Column, Ink, Tone
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.engine.checking import Check

_TONES = {"ok": Tone.FILLED, "warn": Tone.GAP, "fail": Tone.FAILED}


@click.command(cls=Verb)
@click.option("--providers", is_flag=True, help="Also ask each live source something: one real call each.")
@click.option(
    "--fix", is_flag=True, help="Mend what can be mended: files of covers that are nobody's, or lost."
)
@click.pass_obj
def doctor(session: Session, *, providers: bool, fix: bool) -> int:
    """Check that everything is in order; each finding comes with what mends it. Exit code 1 when a check fails."""
    with session.open() as app:
        found = app.check(words.moment, call=providers, fix=fix)
    ok = all(each.state != "fail" for each in found)
    if session.json:
        session.paper.document({"schema": 1, "ok": ok, "checks": [_document(each) for each in found]})
        return OK if ok else ERROR
    columns = (Column(), Column(), Column(grows=True, wraps=True))
    rows = []
    for each in found:
        told = each.message + (f"  ->  {session.located(each.fix)}" if each.fix else "")
        rows.append((Ink(each.state.ljust(4), _TONES[each.state]), each.name, told))
    session.paper.table(columns, rows, indent=0)
    return OK if ok else ERROR


def _document(check: Check) -> dict[str, str]:
    return {"name": check.name, "state": check.state, "message": check.message, "fix": check.fix}
