"""``completist index``: the index of vectors, and the model that makes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from completist.cli.commands import Verb, VerbGroup
from completist.cli.failures import OK, PARTLY
from completist.cli.interrupts import Interrupts
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.engine.indexing import Verified

_SHOWN = 5  #: ids of each sort that are told
#: Why vectors were not taken over.
_LEFT = {
    "not_recognised": "named by no ISRC in them",
    "no_vector": "without a vector, or with too little text",
    "another_text": "made of another text than the one that counts",
}


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def index(ctx: click.Context) -> int | None:
    """Search by meaning: the model, and the index of the vectors that the library keeps.

    The vectors in the library are the truth; the index can be thrown away and made of them again.
    """
    return ctx.invoke(state) if ctx.invoked_subcommand is None else None


@index.command("state", cls=Verb)
@click.pass_obj
def state(session: Session) -> int:
    """What there is: texts, vectors, and what the index holds."""
    with session.open() as app:
        found = app.finding.state()
    if session.json:
        session.paper.document(
            {
                "schema": 1, "texts": found.texts, "model": found.model, "off": found.why, "vectors": found.vectors,
                "without": found.without, "index": found.held,
            }
        )  # fmt: skip
        return OK
    session.paper.write(f"Searched by words    {found.texts:>9,} tracks\n")
    for model, count in found.vectors.items():
        session.paper.write(f"Vectors              {count:>9,} by {model}\n")
    for reason, count in found.without.items():
        session.paper.write(f"Without a vector     {count:>9,} {reason}\n")
    if found.held is not None:
        session.paper.write(f"In the index         {found.held:>9,}\n")
    if found.why:
        session.paper.say(f"Search by meaning is off: {found.why}")
    return OK


@index.command("verify", cls=Verb)
@click.pass_obj
def verify(session: Session) -> int:
    """Compare the index with the library's vectors, and change nothing. Ends with 3 when they differ."""
    with session.open() as app, progress(session, "Comparing") as told:
        found = app.finding.verify(told)
    _tell(session, found)
    return OK if found.in_step else PARTLY


@index.command("reconcile", cls=Verb)
@click.pass_obj
def reconcile(session: Session) -> int:
    """Put in what is missing or out of date, take out what belongs to nobody."""
    with session.open() as app, progress(session, "Mending") as told:
        found = app.finding.reconcile(told)
    _tell(session, found, mended=True)
    return OK


@index.command("rebuild", cls=Verb)
@click.pass_obj
def rebuild(session: Session) -> int:
    """Put every vector into the index anew, as after a change of index in the settings."""
    session.resume = session.command("index", "rebuild")
    with session.open() as app, Interrupts() as stop, progress(session, "Indexing") as told:
        count = app.finding.rebuild(told, stop)
        stop.settle()
    if session.json:
        session.paper.document({"schema": 1, "indexed": count})
    else:
        session.paper.say(f"{count:,} vectors are in the index.")
    return OK


@index.command("adopt", cls=Verb)
@click.argument("url")
@click.option("--collection", default="tracks", show_default=True, help="What it is called there.")
@click.pass_obj
def adopt(session: Session, url: str, collection: str) -> int:
    """Take over the vectors of tracks that another program keeps on a Qdrant server, so that none is made twice.

    Points named by a hash of their ISRC are recognised. The model that made them has to be the one that is set up.
    """
    session.resume = session.command("index", "adopt", url)
    with session.open() as app, Interrupts() as stop, progress(session, "Taking over") as told:
        found = app.finding.adopt(url, collection, told, stop)
        stop.settle()
    if session.json:
        session.paper.document(
            {
                "schema": 1, "points": found.points, "created": found.created, "taken": found.taken,
                "left": dict(found.left),
            }
        )  # fmt: skip
        return OK
    session.paper.write(
        f"{found.points:,} points, {found.taken:,} vectors taken over, {found.created:,} tracks new\n"
    )
    for why, count in found.left.items():
        session.paper.write(f"{_LEFT[why]:<44} {count:>9,}\n")
    return OK


@index.command("model", cls=Verb)
@click.option(
    "--from",
    "weights",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="A folder with model.safetensors, config.json and tokenizer.json.",
)
@click.pass_obj
def model(session: Session, weights: Path | None) -> int:
    """Set up the model for search by meaning, of an installed package with weights or of a folder.

    It is built once and lies in the data folder. Tracks are then embedded by the next fill.
    """
    with session.open() as app:
        folder = app.finding.take_model(weights)
    if session.json:
        session.paper.document({"schema": 1, "model": str(folder)})
    else:
        session.paper.say(
            f"The model is in {folder}. {session.command('fill', '--kind', 'track')} makes vectors."
        )
    return OK


def _tell(session: Session, found: Verified, *, mended: bool = False) -> None:
    sorts: dict[str, list[str]] = {
        "missing": found.missing, "stale": found.stale, "orphans": found.orphans, "unusable": found.unusable,
    }  # fmt: skip
    if session.json:
        document: dict[str, Any] = {
            "schema": 1,
            "vectors": found.kept,
            "index": found.held,
            "in_step": found.in_step,
        }
        session.paper.document(
            {**document, "mended": mended, **{name: len(ids) for name, ids in sorts.items()}}
        )
        return
    session.paper.write(f"{found.kept:,} vectors, {found.held:,} points in the index\n")
    for name, ids in sorts.items():
        if ids:
            more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
            session.paper.write(f"{name:<9} {len(ids):>9,}  {', '.join(ids[:_SHOWN])}{more}\n")
    if found.in_step:
        session.paper.say("The index is in step.")
    elif mended:
        session.paper.say("That is mended.")
    else:
        session.paper.say(f"{session.command('index', 'reconcile')} mends it.")
