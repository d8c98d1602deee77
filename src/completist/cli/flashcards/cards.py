"""``completist cards``: suggestions and what becomes of them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import VerbGroup
from completist.cli.failures import OK, PARTLY
from completist.cli.flashcards import told
from completist.cli.interrupts import Interrupts
from completist.cli.numbers import Whole
from completist.cli.paper import Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.app.cards import Card, Pushed

STATES = ("pending", "accepted", "edited", "discarded", "retired")
FORMATS = ("apkg", "csv", "markdown", "json")
_SUFFIXES = {"apkg": "apkg", "csv": "csv", "markdown": "md", "json": "json"}

_KEYS = "a accept · e edit · d discard · g suggest anew · u take back · s skip · q quit"


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def cards(ctx: click.Context) -> int | None:
    """Flashcards: list, review, export, push."""
    code: int | None = ctx.invoke(list_) if ctx.invoked_subcommand is None else None
    return code


@cards.command(name="list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only cards in this state.")
@click.option("--repository", metavar="NAME", help="Only of this repository.")
@click.option("--commit", metavar="SHA", help="Only cards whose text is of this commit.")
@click.option("--limit", type=Whole(), default=50, show_default=True, metavar="N", help="At most so many.")
@click.option("--after", type=Whole(0), default=0, metavar="ID", help="Only cards behind this one.")
@click.pass_obj
def list_(
    session: Session,
    states: tuple[str, ...] = (),
    repository: str | None = None,
    commit: str | None = None,
    limit: int = 50,
    after: int = 0,
) -> int:
    """Cards, and how you stand to each."""
    with session.open() as app:
        found = app.cards.cards(states=states, repository=repository, commit=commit, after=after, limit=limit)
        counts = app.cards.count()
    if session.json:
        session.paper.document({"schema": 1, "counts": counts, "cards": [told.card(each) for each in found]})
        return OK
    if not found:
        session.paper.line("There are no such cards.")
        return OK
    rows = [(str(each.id), _state(each), told.first_line(_asks(each)), each.place) for each in found]
    session.paper.table((Column("id", right=True), Column("state"), Column("asks"), Column("from")), rows)
    summed = " · ".join(f"{counts[state]:,} {state}" for state in STATES if counts.get(state))
    session.paper.line(summed)
    return OK


def _asks(card: Card) -> str:
    parts = card.effective
    return parts.get("front") or parts.get("text") or ""


def _state(card: Card) -> str:
    return f"{card.state} (new text)" if card.proposed else card.state.value


@cards.command(
    epilog="\b\nExamples:\n"
    "  completist cards review\n"
    "  completist cards review --accept 12 --accept 13 --discard 14\n"
    "  completist cards review --edit 12 --set 'back=The second law.'\n"
    "  completist cards review --accept-all --repository notes"
)
@click.option("--accept", type=Whole(), multiple=True, metavar="ID", help="Accept this card.")
@click.option("--discard", type=Whole(), multiple=True, metavar="ID", help="Throw this card away for good.")
@click.option(
    "--regenerate",
    type=Whole(),
    multiple=True,
    metavar="ID",
    help="Suggest this card anew, without your edits.",
)
@click.option(
    "--take-back",
    type=Whole(),
    multiple=True,
    metavar="ID",
    help="Take back the last thing done with this card.",
)
@click.option(
    "--take",
    type=Whole(),
    multiple=True,
    metavar="ID",
    help="Take the new source text in place of your edit.",
)
@click.option(
    "--keep", type=Whole(), multiple=True, metavar="ID", help="Keep your edit, and ask no more about it."
)
@click.option("--edit", type=Whole(), metavar="ID", help="Edit this card, with --set.")
@click.option(
    "--set", "parts", multiple=True, metavar="PART=TEXT", help="front, back, text or extra of --edit."
)
@click.option("--accept-all", is_flag=True, help="Accept all that is suggested.")
@click.option("--repository", metavar="NAME", help="Only of this repository.")
@click.pass_obj
def review(session: Session, /, parts: tuple[str, ...], **asked: Any) -> int:
    """Decide about suggestions, one by one, or those that you name."""
    with session.open() as app:
        if asked["edit"] is not None or parts:
            return _edit(session, app, asked["edit"], parts)
        named = {
            "accept": asked["accept"],
            "discard": asked["discard"],
            "regenerate": asked["regenerate"],
            "restore": asked["take_back"],
            "take": asked["take"],
            "keep": asked["keep"],
        }
        if asked["accept_all"]:
            named["accept"] = tuple(app.cards.pending(asked["repository"]))
        if any(named.values()) or asked["accept_all"]:
            return _decide(session, app, named)
        if session.json or not (sys.stdin.isatty() and session.paper.terminal):
            return _waiting(session, app, asked["repository"])
        return _desk(session, app, asked["repository"])


def _decide(session: Session, app: App, named: dict[str, tuple[int, ...]]) -> int:
    decided: list[Card] = []
    for action, ids in named.items():
        for begin in range(0, len(ids), 500):
            decided += app.cards.decide(ids[begin : begin + 500], action)
    if session.json:
        session.paper.document({"schema": 1, "cards": [told.card(each) for each in decided]})
    else:
        session.paper.line(f"{words.counted(len(decided), 'card')} decided.")
        session.paper.next((session.command("cards", "export", "--out", "cards.apkg"), "write them for Anki"))
    return OK


def _edit(session: Session, app: App, card_id: int | None, parts: tuple[str, ...]) -> int:
    if card_id is None or not parts:
        raise click.UsageError("--edit takes --set, and --set takes --edit.")
    typed = {}
    for each in parts:
        name, equals, text = each.partition("=")
        if not equals:
            raise click.UsageError(f"--set takes PART=TEXT, not {each!r}.")
        typed[name] = text
    card = app.cards.edit(card_id, typed)
    if session.json:
        session.paper.document({"schema": 1, "cards": [told.card(card)]})
    else:
        session.paper.line(f"Card {card.id} says what you typed, whatever its source becomes.")
    return OK


def _waiting(session: Session, app: App, repository: str | None) -> int:
    found = app.cards.cards(states=("pending",), repository=repository, limit=1000)
    if session.json:
        session.paper.document({"schema": 1, "cards": [told.card(each) for each in found]})
    else:
        session.paper.line(f"{words.counted(len(found), 'card')} to decide about.")
        if found:
            session.paper.next(
                (session.command("cards", "list", "--state", "pending"), "see them, with their ids"),
                (session.command("cards", "review", "--accept", "ID"), "decide; at a terminal, one key each"),
            )
    return OK


def _desk(session: Session, app: App, repository: str | None) -> int:
    """One card after the other; each key is a decision that stands at once."""
    after, decided = 0, 0
    last: int | None = None
    while page := app.cards.cards(states=("pending",), repository=repository, after=after, limit=1):
        card = page[0]
        _show(session, card)
        key = click.getchar().lower()
        if key == "q":
            break
        if key == "u" and last is not None:
            app.cards.decide([last], "restore")
            after, last = last - 1, None
            continue
        if key in "adg":
            app.cards.decide([card.id], {"a": "accept", "d": "discard", "g": "regenerate"}[key])
        elif key == "e":
            typed = _typed(card)
            if not typed:
                continue
            app.cards.edit(card.id, typed)
        elif key != "s":
            continue
        decided += key != "s"
        last, after = card.id, card.id
    session.paper.line(f"{words.counted(decided, 'card')} decided.")
    return OK


def _show(session: Session, card: Card) -> None:
    paper = session.paper
    paper.line("")
    for name, text in card.effective.items():
        paper.line(Ink(f"{name}: ", Tone.STRONG), told.readable(text))
    paper.line(Ink(card.place, Tone.QUIET))
    paper.line(_KEYS)


def _typed(card: Card) -> dict[str, str]:
    """What the person makes of a card in an editor of theirs."""
    parts = {name: told.readable(text) for name, text in card.effective.items()}
    text = "".join(f"## {name}\n{said}\n\n" for name, said in parts.items())
    changed = click.edit(text, extension=".md")
    if changed is None:
        return {}
    found: dict[str, str] = {}
    for section in f"\n{changed}".split("\n## ")[1:]:
        name, _, said = section.partition("\n")
        if name.strip() in parts and said.strip() != parts[name.strip()].strip():
            found[name.strip()] = said.strip()
    return found


@cards.command(
    epilog="\b\nExamples:\n"
    "  completist cards export --out cards.apkg\n"
    "  completist cards export --changed --out new.apkg\n"
    "  completist cards export --format csv --out cards.csv"
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="apkg", show_default=True, help="What to write."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Instead of cards.apkg here.",
)
@click.option("--repository", metavar="NAME", help="Only of this repository.")
@click.option("--changed", is_flag=True, help="Only what is new or other than in the last package.")
@click.pass_obj
def export(session: Session, form: str, out: Path | None, repository: str | None, changed: bool) -> int:
    """Write accepted cards to a file. Import it into Anki as often as you like: nothing is doubled, nothing reset."""
    path = out or Path(f"cards.{_SUFFIXES[form]}")
    with session.open() as app:
        made = app.cards.export(form, repository=repository, changed=changed)
        body = made.body if form != "json" else _as_json(made.parcels)
        _write(path, body)
        if form == "apkg":
            app.cards.delivered(made)
        waiting = app.cards.waiting(repository)
    document = {
        "schema": 1,
        "file": str(path),
        "format": form,
        "cards": len(made.parcels),
        "new": made.new,
        "retired": made.retired,
        "bytes": len(body),
        "waiting": waiting,
    }
    if session.json:
        session.paper.document(document)
    else:
        told_ = f"{words.counted(len(made.parcels), 'card')} written to {path}"
        session.paper.line(f"{told_}: {made.new:,} new, {made.retired:,} retired.")
        _tell_waiting(session, waiting)
    return OK


def _as_json(parcels: Any) -> bytes:
    return (
        json.dumps([told.card(each.card) for each in parcels], ensure_ascii=False, indent=1) + "\n"
    ).encode()


def _write(path: Path, body: bytes) -> None:
    """A file that appears only when it is complete."""
    from completist.domain.errors import BadInput

    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(body)
        part.replace(path)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}.", hint="Choose another with --out."
        ) from error


@cards.command(
    epilog="\b\nExamples:\n  completist cards push\n  completist cards push --repository notes --out new.apkg"
)
@click.option("--repository", metavar="NAME", help="Only of this repository.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where a package goes instead.",
)
@click.pass_obj
def push(session: Session, repository: str | None, out: Path | None) -> int:
    """Bring accepted cards into the Anki that runs on this machine, with its add-on AnkiConnect.

    What you changed in Anki stays, what you deleted there is not put back. Where Anki cannot be reached, what is new or
    changed is written as a package.
    """
    session.resume = session.command("cards", "push")
    with session.open() as app, Interrupts(tell=not session.json) as stop:
        with progress(session, "Pushing") as tell:
            done = app.cards.push(
                repository=repository, stop=stop, progress=lambda n, total: tell(n, total, "cards")
            )
        waiting = app.cards.waiting(repository)
        if done.fallback is not None:
            return _fallen_back(session, app, done, out or Path("cards.apkg"), waiting)
        counts = Counter(each.outcome for each in done.told)
        if session.json:
            told_ = [
                {
                    "uid": each.uid,
                    "outcome": each.outcome,
                    "kept": list(each.kept),
                    "reason": each.reason or None,
                }
                for each in done.told
            ]
            session.paper.document(
                {
                    "schema": 1,
                    "target": "ankiconnect",
                    "counts": dict(counts),
                    "cards": told_,
                    "waiting": waiting,
                }
            )
        else:
            parts = [f"{counts[name]:,} {said}" for name, said in _OUTCOMES.items() if counts[name]]
            session.paper.line(" · ".join(parts) or "There is nothing to push.")
            _tell_waiting(session, waiting)
        stop.settle()
    return PARTLY if counts["failed"] else OK


_OUTCOMES = {
    "created": "new",
    "updated": "updated",
    "unchanged": "as they were",
    "kept_yours": "with your own words kept",
    "deleted_there": "deleted in Anki, and left so",
    "failed": "not taken",
}


def _tell_waiting(session: Session, waiting: int) -> None:
    """Say what did not go out, because nobody has decided about it."""
    if waiting:
        review = session.command("cards", "review")
        verb = "waits" if waiting == 1 else "wait"
        session.paper.line(f"{words.counted(waiting, 'card')} still {verb} for review: {review}")


def _fallen_back(session: Session, app: App, done: Pushed, path: Path, waiting: int) -> int:
    made = done.fallback
    if made is None:
        raise RuntimeError("there is no package")
    if made.parcels:
        _write(path, made.body)
        app.cards.delivered(made)
    if session.json:
        session.paper.document(
            {
                "schema": 1,
                "target": "apkg",
                "fallback": "apkg",
                "code": done.code,
                "message": done.why,
                "file": str(path) if made.parcels else None,
                "cards": len(made.parcels),
                "waiting": waiting,
            }
        )
    else:
        session.paper.line(done.why)
        what = (
            f"{words.counted(len(made.parcels), 'card')} written to {path} instead."
            if made.parcels
            else "Nothing is new."
        )
        session.paper.line(what)
        _tell_waiting(session, waiting)
    return OK


@cards.command(
    epilog="\b\nExamples:\n"
    "  completist cards settings\n"
    "  completist cards settings --dev-mode on --sync-target ankiconnect"
)
@click.option(
    "--dev-mode", type=click.Choice(["on", "off"]), help="Offer to force, and tell a log with versions."
)
@click.option("--sync-target", type=click.Choice(["apkg", "ankiconnect"]), help="Where a push goes.")
@click.pass_obj
def settings(session: Session, dev_mode: str | None, sync_target: str | None) -> int:
    """How you want cards: what is chosen, or what you change of it."""
    with session.open() as app:
        chosen = app.cards.preferences
        if dev_mode is not None or sync_target is not None:
            on = None if dev_mode is None else dev_mode == "on"
            chosen = app.cards.prefer(dev_mode=on, sync_target=sync_target)
    if session.json:
        document = {"schema": 1, "dev_mode": chosen.dev_mode, "sync_target": chosen.sync_target}
        session.paper.document(document)
    else:
        session.paper.line("Dev mode: ", Ink("on" if chosen.dev_mode else "off", Tone.STRONG))
        session.paper.line("Sync target: ", Ink(chosen.sync_target, Tone.STRONG))
    return OK
