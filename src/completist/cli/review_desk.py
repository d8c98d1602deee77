"""The review desk: one proposal after the other, one key each, every decision written at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from completist.cli import words
from completist.cli.failures import OK
from completist.cli.keys import END, Keys
from completist.cli.review_screen import HELP, show_proposal
from completist.domain.errors import CompletistError

if TYPE_CHECKING:
    from completist.app import App
    from completist.cli.session import Session
    from completist.store.matches import Proposal

#: What arrow keys send, as the letters that do the same.
_ARROWS = {"\x1b[A": "K", "\x1b[D": "K", "\x1b[B": "J", "\x1b[C": "J", "\x1bOA": "K", "\x1bOB": "J"}
_QUIT = frozenset({"Q", "\x1b", END})


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that `U` takes back: a decision about a proposal, or the change of a typed value."""

    proposal: int
    change: int | None = None


@dataclass(slots=True)
class Queue:
    """The proposals in order, fetched as they are needed; a person goes forth and back in it."""

    source: Iterator[Proposal]
    seen: list[int] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    place: int = -1

    def forward(self) -> bool:
        """Go to the next one that is not decided; False when there is none."""
        place = self.place + 1
        while True:
            while place < len(self.seen):
                if self.seen[place] not in self.done:
                    self.place = place
                    return True
                place += 1
            fetched = next(self.source, None)
            if fetched is None:
                return False
            if fetched.id not in self.done:
                self.seen.append(fetched.id)

    def back(self) -> bool:
        """Go to the one before that is not decided; False when there is none."""
        for place in range(self.place - 1, -1, -1):
            if self.seen[place] not in self.done:
                self.place = place
                return True
        return False

    def onward(self) -> bool:
        """Go to the next, else to one that was passed over; False when everything is decided."""
        return self.forward() or self.back()

    def return_to(self, proposal_id: int) -> None:
        """Go to one whose decision was taken back."""
        self.done.discard(proposal_id)
        self.place = self.seen.index(proposal_id)

    @property
    def here(self) -> int:
        """The proposal at hand."""
        return self.seen[self.place]


class Desk:
    """One sitting."""

    def __init__(self, session: Session, app: App) -> None:
        self.session = session
        self.app = app
        self.queue = Queue(app.proposals())
        self.deeds: list[Deed] = []
        self.note = ""
        self.counts = {"accepted": 0, "rejected": 0}
        self.waiting = 0
        self.keys = Keys()

    def sit(self, waiting: int) -> int:
        """Show and decide until the person has had enough; the exit code."""
        self.waiting = waiting
        with self.keys:
            self._decide_all()
        self._leave()
        return OK

    def _decide_all(self) -> None:
        busy = self.queue.forward()
        while busy:
            self._show()
            key = self._key()
            if key in _QUIT:
                return
            busy = self._press(key) or self._all_decided()

    def _show(self) -> None:
        click.clear()
        paper = self.session.paper
        proposal = self.app.proposal(self.queue.here)
        view = self.app.show(proposal.item_id)
        left = self.waiting - len(self.queue.done)
        height = shutil.get_terminal_size().lines - (1 if self.note else 0)
        show_proposal(paper, proposal, view, f"{words.counted(left, 'proposal')} left", height)
        if self.note:
            paper.line(self.note)
            self.note = ""

    def _key(self) -> str:
        key = self.keys.read()
        return _ARROWS.get(key, key.upper())

    def _press(self, key: str) -> bool:
        """Do what a key says; False when everything is decided."""
        try:
            if key == "A" or (len(key) == 1 and key in "123456789"):
                return self._accept(0 if key == "A" else int(key) - 1)
            if key == "R":
                self.app.reject(self.queue.here)
                return self._decided("rejected", "Rejected; these are never offered again.")
            self._look(key)
        except CompletistError as error:
            self.note = f"{error.message} {error.hint}".strip()
        return True

    def _look(self, key: str) -> None:
        """The keys that decide nothing."""
        if key in ("S", "J"):
            if not self.queue.forward():
                self.note = "This is the last one. K goes back, Q quits."
        elif key == "K":
            if not self.queue.back():
                self.note = "This is the first one."
        elif key == "U":
            self._undo()
        elif key == "E":
            self._type()
        elif key == "?":
            self._help()
        else:
            self.note = "That key does nothing here; ? lists those that do."

    def _accept(self, place: int) -> bool:
        proposal = self.app.proposal(self.queue.here)
        if place >= len(proposal.candidates):
            self.note = f"There is no candidate {place + 1}."
            return True
        values = self.app.accept(proposal.id, proposal.candidates[place].record)
        return self._decided("accepted", f"Accepted; {words.counted(values, 'value')} written.")

    def _decided(self, what: str, note: str) -> bool:
        here = self.queue.here
        self.counts[what] += 1
        self.queue.done.add(here)
        self.deeds.append(Deed(here))
        self.note = f"{note} U takes it back."
        return self.queue.onward()

    def _undo(self) -> None:
        if not self.deeds:
            self.note = "Nothing to undo in this sitting; completist undo takes back what was done before."
            return
        deed = self.deeds.pop()
        if deed.change is not None:
            self.app.undo(change=deed.change)
            self.note = "Undone: what you typed is gone."
            return
        state = self.app.proposal(deed.proposal).state
        self.app.undo_decision(deed.proposal)
        if state in self.counts:
            self.counts[state] -= 1
        self.queue.return_to(deed.proposal)
        self.note = "Undone: it waits again."

    def _type(self) -> None:
        with self.keys.lines():
            text = click.prompt("field=value (empty: never mind)", default="", show_default=False)
        name, equals, value = text.partition("=")
        if not equals:
            self.note = "Nothing was typed." if not text.strip() else "Write it as field=value."
            return
        here = self.queue.here
        item_id = self.app.proposal(here).item_id
        written = self.app.set(item_id, {name.strip(): self.app.parse(item_id, name.strip(), value)})
        if written.changes:
            self.deeds.append(Deed(here, written.changes[0]))
        self.note = (
            f"{name.strip()} is yours now; the next fill looks again."
            if written.changes
            else "It said so already."
        )

    def _help(self) -> None:
        click.clear()
        click.echo(HELP)
        click.echo("\nAny key goes back.")
        self._key()

    def _all_decided(self) -> bool:
        """Tell that nothing is left; True when the person takes the last decision back after all."""
        click.clear()
        self.session.paper.line(self.note)
        self.session.paper.line("Everything is decided. U undoes the last decision, any other key ends.")
        self.note = ""
        if self._key() != "U":
            return False
        self._undo()
        return True

    def _leave(self) -> None:
        click.clear()
        told = [f"{count:,} {what}" for what, count in self.counts.items() if count]
        paper = self.session.paper
        left = self.app.waiting()
        paper.line(
            f"{', '.join(told) or 'Nothing decided'}. {words.counted(left, 'proposal')} still waiting."
        )
        if any(self.counts.values()):
            paper.next((self.session.command("fill"), "look up what your decisions brought along"))
