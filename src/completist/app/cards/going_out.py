"""Going out: cards as a file, and into the running Anki."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from completist.domain.errors import ActionRequired, BadInput, Retryable
from completist.engine.cards import delivering
from completist.engine.cards.delivering import ANKI, APKG, Parcel
from completist.net.neighbour import Neighbour
from completist.sinks.anki_connect import AnkiConnect, Given, Told
from completist.sinks.anki_connect import push as push_into
from completist.sinks.apkg import write_package
from completist.sinks.tables import write_csv, write_markdown
from completist.store import jobs

if TYPE_CHECKING:
    from completist.app.opened import Opened

#: What `export` writes.
FORMATS = ("apkg", "csv", "markdown", "json")


@dataclass(frozen=True, slots=True)
class Exported:
    """Cards as a file: its body, what it holds, and how many of them are new or are gone."""

    body: bytes
    parcels: Sequence[Parcel]

    @property
    def new(self) -> int:
        """Cards that the sink was never given."""
        return sum(1 for each in self.parcels if each.is_new)

    @property
    def retired(self) -> int:
        """Cards whose source is gone, or that a person threw away."""
        return sum(1 for each in self.parcels if each.finished.retired)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What pushing came to: what became of each card, or a package instead, and why."""

    told: Sequence[Told]
    fallback: Exported | None = None
    code: str = ""
    why: str = ""

    @property
    def away(self) -> bool:
        """Whether no Anki answered at all."""
        return self.code == "anki_away"


def export(
    opened: Opened, form: str, repository_id: int | None, *, changed: bool, job: int | None
) -> Exported:
    """The wanted cards as a file. Raises BadInput."""
    if form not in FORMATS:
        raise BadInput(f"There is no format {form!r}.", hint=f"Formats: {', '.join(FORMATS)}.")
    with opened.database.read() as connection:
        chosen = delivering.parcels(
            connection, opened.library_id, APKG, repository_id=repository_id, changed=changed
        )
        if job is not None:
            mine = {row[1] for row in jobs.runs_with_state(connection, job, limit=10_000)}
            chosen = [each for each in chosen if each.card.item_id in mine]
    return Exported(_written(form, chosen), chosen)


def push(
    opened: Opened,
    repository_id: int | None,
    stop: Callable[[], bool],
    progress: Callable[[int, int], None],
) -> Pushed:
    """Bring the wanted cards into the running Anki, or pack what is new or changed. Raises BadInput."""
    with opened.database.read() as connection:
        chosen = delivering.parcels(connection, opened.library_id, ANKI, repository_id=repository_id)
    by_uid = {each.card.uid: each for each in chosen}

    def note(told: Sequence[Told]) -> None:
        states = {by_uid[each.uid].card.id: _state(each, by_uid[each.uid]) for each in told}
        given = [by_uid[each.uid] for each in told]
        bases = {by_uid[each.uid].card.id: each.base for each in told}
        with opened.database.write() as connection:
            delivering.note_delivered(connection, ANKI, given, opened.now(), states, bases)

    anki = AnkiConnect(Neighbour(opened.settings.anki_connect), opened.settings.anki_key)
    offered = [Given(each.finished, each.base, pushed=each.before is not None) for each in chosen]
    try:
        told = push_into(anki, offered, delivering.digest, note, stop=stop, progress=progress)
    except (Retryable, ActionRequired) as error:
        exported = export(opened, "apkg", repository_id, changed=True, job=None)
        return Pushed((), exported, error.code, f"{error.message} {error.hint}".strip())
    return Pushed(told)


def note_packed(opened: Opened, exported: Exported) -> None:
    """Note that a package is where it belongs."""
    with opened.database.write() as connection:
        delivering.note_delivered(connection, APKG, exported.parcels, opened.now())


def _state(told: Told, parcel: Parcel) -> str:
    if told.outcome in ("deleted_there", "kept_yours"):
        return told.outcome
    return "retired" if parcel.finished.retired else "delivered"


def _written(form: str, chosen: Sequence[Parcel]) -> bytes:
    every = [each.finished for each in chosen]
    live = [each for each in every if not each.retired]
    if form == "apkg":
        return write_package(every)
    if form == "csv":
        return write_csv(live).encode()
    if form == "markdown":
        return write_markdown(live).encode()
    return b""  # the face writes JSON from the cards themselves
