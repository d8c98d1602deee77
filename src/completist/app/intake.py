"""Intake: files handed in through the browser, imported one after the other, with how far each is."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

import structlog

from completist.domain.errors import CompletistError

if TYPE_CHECKING:
    from completist.app.library import App
    from completist.engine.importing import ImportReport

#: Files that are remembered after they are done.
REMEMBERED = 10

#: Bytes that a file may have.
LARGEST = 1024**3

_log = structlog.get_logger()


@dataclass
class Doing:
    """One file: how far it is, and what came of it."""

    library_id: int
    name: str
    path: Path
    form: str | None
    dry_run: bool = False  #: it is only told what would happen
    done: int = 0
    total: int = 0
    state: str = "waiting"  #: waiting, running, done, failed
    message: str = ""
    hint: str = ""
    report: ImportReport | None = None


@dataclass
class Intake:
    """The files handed in to a server since it began."""

    folder: Path
    doings: list[Doing] = field(default_factory=list)
    version: int = 0  #: moves on with whatever happens here
    _lock: Lock = field(default_factory=Lock)
    _turn: Lock = field(default_factory=Lock)

    def room(self, name: str) -> Path:
        """Where a file of that name may be written: a folder of its own, under a name that leads nowhere else."""
        safe = re.sub(r"[^\w.() -]", "_", Path(name.replace("\\", "/")).name).strip(". ")[-120:] or "list"
        place = self.folder / secrets.token_hex(8)
        place.mkdir(parents=True)
        return place / safe

    def begin(self, app: App, path: Path, form: str | None = None, *, dry_run: bool = False) -> Doing:
        """Import a file that lies in its `room`, in its turn; the file goes when that is over."""
        doing = Doing(app.library_id, path.name, path, form, dry_run)
        with self._lock:
            self.doings = [*self.doings, doing][-REMEMBERED:]
            self.version += 1
        Thread(target=self._run, args=(app, doing), name="intake", daemon=True).start()
        return doing

    def of(self, library_id: int) -> list[Doing]:
        """The files of a library, the latest first."""
        return [each for each in reversed(self.doings) if each.library_id == library_id]

    def _run(self, app: App, doing: Doing) -> None:
        with self._turn:
            doing.state = "running"
            try:
                doing.report = app.import_file(
                    doing.path, doing.form, dry_run=doing.dry_run, progress=self._progress(doing)
                )
                doing.state = "done"
            except CompletistError as error:
                doing.state, doing.message, doing.hint = "failed", error.message, error.hint
            except Exception as error:
                doing.state, doing.message = "failed", "Something went wrong inside Completist; see the log."
                _log.error("intake_broke", error=type(error).__name__)
                raise
            finally:
                shutil.rmtree(doing.path.parent, ignore_errors=True)
                self.version += 1

    def _progress(self, doing: Doing) -> Callable[[int, int], None]:
        def told(done: int, total: int) -> None:
            doing.done, doing.total = done, total
            self.version += 1

        return told
