"""Editing: what a person says by hand, and takes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from completist.app.verbs.looking import Looking
from completist.domain.errors import BadInput, NotFound
from completist.domain.fields import Data, Value
from completist.domain.kind import parse_data
from completist.engine import (
    editing,
    entering,
    outlook,
    undoing,
)
from completist.engine.outlook import Outlook
from completist.engine.recording import Recorded
from completist.engine.undoing import Undone
from completist.engine.viewing import ItemView


class Editing(Looking):
    """The verbs of a person's own word."""

    def add(self, kind: str, typed: Mapping[str, Data]) -> int:
        """Make an item of what a person typed; its id. Raises NotFound or BadInput."""
        return entering.add(self.database, self.library_id, kind, typed, self.now())

    def parse(self, item_id: int, name: str, text: str) -> Data:
        """What a person typed for a field of an item, as data of its type. Raises NotFound or BadInput."""
        kind = self.show(item_id).kind
        field = kind.by_name.get(name)
        if field is None:
            raise NotFound(
                f"A {kind.name} has no field {name!r}.", hint=f"Its fields: {', '.join(kind.by_name)}."
            )
        try:
            return parse_data(field, text)
        except ValueError as error:
            raise BadInput(f"{error}.") from error

    def set(self, item_id: int, typed: Mapping[str, Data]) -> Recorded:
        """Write what a person typed; None clears a field. Raises NotFound or BadInput."""
        return editing.type_values(self.database, self.library_id, item_id, typed, self.now(), self.voices)

    def foresee(
        self, view: ItemView, typed: Mapping[str, Data], given_up: Sequence[str] = ()
    ) -> Mapping[str, Value]:
        """What would count of an item after `set` and `give_up`. Raises NotFound or BadInput."""
        return editing.foreseen(view, typed, given_up, self.voices)

    def give_up(self, item_id: int, names: Sequence[str]) -> Recorded:
        """Take a person's own values back, at their request. Raises NotFound."""
        return editing.give_up(self.database, self.library_id, item_id, list(names), self.now(), self.voices)

    def lock(self, item_id: int, name: str) -> bool:
        """Lock a field by hand; False when it was locked already. Raises NotFound."""
        return editing.lock(self.database, self.library_id, item_id, name, self.now(), self.voices)

    def unlock(self, item_id: int, name: str) -> bool:
        """Take a lock set by hand away; False when there was none. Raises NotFound or BadInput."""
        return editing.unlock(self.database, self.library_id, item_id, name, self.now(), self.voices)

    def undo(
        self,
        *,
        change: int | None = None,
        run: int | None = None,
        job: int | None = None,
        import_: int | None = None,
    ) -> Undone:
        """Take back a change, a run, a job, an import, or with no argument the last thing a person did.

        Raises NotFound where nothing of it is left, or Conflict for a job that is not over.
        """
        if change is not None:
            return undoing.undo_change(self.database, self.library_id, change, self.now(), self.voices)
        if run is not None:
            return undoing.undo_run(self.database, self.library_id, run, self.now(), self.voices)
        if job is not None:
            return undoing.undo_job(self.database, self.library_id, job, self.now(), self.voices)
        if import_ is not None:
            return undoing.undo_import(self.database, self.library_id, import_, self.now(), self.voices)
        return undoing.undo_last(self.database, self.library_id, self.now(), self.voices)

    def foresee_undo(self, *, run: int | None = None, job: int | None = None) -> Outlook:
        """What taking back a run or a job would come to. Writes nothing. Raises as `undo`."""
        if run is not None:
            return outlook.of_run(self.database, self.library_id, run, self.voices)
        return outlook.of_job(self.database, self.library_id, job or 0, self.voices)

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Roll back whatever is written within, so that its outcome can be told without happening."""
        _ = self.library_id
        self.database.rehearsing = True
        try:
            yield
        finally:
            self.database.rehearsing = False
