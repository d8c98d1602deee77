"""``completist find``: tracks by words and by what they feel like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from completist.cli.commands import Verb
from completist.cli.exporting import write_out
from completist.cli.failures import OK
from completist.cli.narrowing import narrow_of, narrowing
from completist.cli.session import Session
from completist.cli.words import counted

if TYPE_CHECKING:
    from completist.engine.searching import Found, Hit


_NONE = "Tracks alone are searched by completist find, and this library has none."


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    '  completist find "slow songs about leaving home"\n'
    '  completist find "rainy sunday morning" --year 1960-1979 --bpm -90\n'
    "  completist find --like 42 --limit 50 --format m3u --out like-that.m3u",
)
@click.argument("words", nargs=-1)
@click.option("--like", type=int, metavar="ID", help="What is near to this track, in the place of words.")
@narrowing
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many.")
@click.option("--by", type=click.Choice(["both", "words", "meaning"]), default="both", help="Who ranks.")
@click.option(
    "--format", "form", type=click.Choice(["m3u", "csv"]), help="A playlist in the place of a table."
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="For the playlist."
)
@click.pass_obj
def find(
    session: Session,
    words: tuple[str, ...],
    like: int | None,
    artist: str,
    year: str,
    bpm: str,
    key: str,
    limit: int,
    by: str,
    form: str | None,
    out: Path | None,
) -> int:
    """Find tracks by words, and by what they feel like where a model is set up.

    Words are looked for in titles, artists, albums, tags, lyrics and descriptions. Both rankings are fused. Books are
    not searched here, but on the page Library of completist serve.
    """
    if bool(words) == (like is not None):
        raise click.UsageError("Say words, or name a track with --like.")
    narrow = narrow_of(artist, year, bpm, key)
    with session.open() as app:
        if like is not None:
            found = app.finding.similar(like, narrow, limit)
        else:
            ranks = ("words", "meaning") if by == "both" else (by,)
            found = app.finding.find(" ".join(words), narrow, limit, by=ranks)
        among = app.finding.searched()
        if form is not None or out is not None:
            lines = app.finding.listing(found.hits, form or "m3u")
            if out is not None:
                write_out(out, lines)
                session.paper.say(f"{len(found.hits)} tracks written to {out}.")
            else:
                for line in lines:
                    session.paper.write(line)
            return OK
        if session.json:
            note = found.why if among else _NONE
            session.paper.document({"schema": 1, **document(found), "note": note})
            return OK
    if among:
        _tell(session, found, among)
    else:
        session.paper.line(_NONE)
        session.paper.next(
            (session.command("serve"), "search books by title and author on the page Library"),
            (session.command("export", "--format", "csv"), "or search in the library as a table"),
        )
    return OK


def document(found: Found) -> dict[str, Any]:
    """What was found as scripts read it."""
    return {"hits": [hit_document(hit) for hit in found.hits], "note": found.why}


def hit_document(hit: Hit) -> dict[str, Any]:
    """One hit."""
    data = hit.view.data
    names = ("title", "artists", "album", "released", "bpm", "key", "isrc", "duration", "description")
    return {
        "id": hit.view.id,
        "score": hit.score,
        "ranks": hit.ranks,
        **{n: data[n] for n in names if n in data},
    }


def _tell(session: Session, found: Found, among: int) -> None:
    if not found.hits:
        session.paper.say(f"Nothing was found among {counted(among, 'track')}.")
    for hit in found.hits:
        data = hit.view.data
        artists = data.get("artists")
        by = ", ".join(map(str, artists)) if isinstance(artists, list) else ""
        year = str(data.get("released") or "")[:4]
        who = " + ".join(f"{name} {rank}" for name, rank in sorted(hit.ranks.items(), reverse=True))
        session.paper.write(
            f"{hit.view.id:>7}  {data.get('title')} · {by}{f' ({year})' if year else ''}  [{who}]\n"
        )
    if found.why:
        session.paper.say(found.why)
