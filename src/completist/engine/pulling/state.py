"""The file in which `pulling` keeps what it must not lose: its claim, and what it found and nobody has yet."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from completist.domain.errors import ActionRequired, BadInput, Busy

SCHEMA = 1
_OWNER_ONLY = 0o600


@dataclass(slots=True)
class Kept:
    """The claim under way at a server, and the results found for it that the server has not acknowledged."""

    server: str
    pipeline: str
    claim: str | None = None  #: the server's ``processingId``
    results: list[dict[str, Any]] = field(default_factory=list)


class StateFile:
    """A file that is either as it was or as it was meant to be, whatever kills the process; readable by its owner.

    As a context it belongs to one process alone.

    Raises:
        Busy: Another process has it.
        ActionRequired: It cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = -1

    def __enter__(self) -> Self:
        """Take it for this process alone."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._beside(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)
        except OSError as error:
            raise _unusable(self.path, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise Busy(
                f"Another process works with {self.path}.", hint="Name another file with --state."
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let others have it."""
        os.close(self._lock)

    def read(self) -> Kept | None:
        """What is kept; None when nothing is.

        Raises:
            BadInput: It is not a file that `write` wrote.
        """
        try:
            return _parsed(json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.path, error) from error
        except (ValueError, KeyError, TypeError):
            raise BadInput(
                f"{self.path} is no state of a pull.",
                hint="Move it away or name another with --state; what was not sent yet will be looked up again.",
            ) from None

    def write(self, kept: Kept) -> None:
        """Put it in the place of what was kept, for good: it survives the power going out."""
        held = {
            "schema": SCHEMA,
            "server": kept.server,
            "pipeline": kept.pipeline,
            "processing_id": kept.claim,
            "results": kept.results,
        }
        new = self._beside(".new")
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "wb") as file:  # noqa: PTH123 - a descriptor
                os.fchmod(file.fileno(), _OWNER_ONLY)
                file.write(json.dumps(held, ensure_ascii=False).encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
            _sync(self.path.parent)
        except OSError as error:
            raise _unusable(self.path, error) from error

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)


def _parsed(held: Any) -> Kept:  # noqa: ANN401 - whatever stands in the file
    kept = Kept(held["server"], held["pipeline"], held["processing_id"], held["results"])
    texts = (kept.server, kept.pipeline, kept.claim or "")
    if held["schema"] != SCHEMA or not all(isinstance(text, str) for text in texts):
        raise ValueError
    if not all(isinstance(each["run"], int) and each["outcome"] for each in kept.results):
        raise ValueError
    return kept


def _sync(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _unusable(path: Path, error: OSError) -> ActionRequired:
    return ActionRequired(
        f"{path} cannot be used: {error.strerror or error}.", hint="Name another file with --state."
    )
