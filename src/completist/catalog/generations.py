"""Generations on disk: each a directory that never changes once published; ``CURRENT`` names the one in use.

Publishing is one rename, so a reader sees the old generation or the new one, and a build that is killed leaves
nothing but a directory that nobody refers to, which the next build removes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec

from completist.catalog.options import Options
from completist.domain.errors import ActionRequired, Busy

if TYPE_CHECKING:
    from collections.abc import Iterator

CURRENT: Final = "CURRENT"
KEPT: Final = 2  #: the one in use, and the one before for readers that have it open
HINT: Final = "completist catalog load FILE"
FORMAT: Final = 4  #: rises when older readers could not read what is written


class Source(msgspec.Struct, frozen=True):
    """A dump file that a generation was built from."""

    name: str
    bytes: int
    sha256: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a generation says about itself; stands in its directory as ``about.json``."""

    format: int
    generation: str  #: follows from the content of the files: the same files give the same id
    sources: tuple[Source, ...]
    editions: int
    works: int
    authors: int
    isbns: int
    documents: int
    redirects: int
    deletes: int
    rejected: dict[str, int]
    numbers: int = 0  #: LCCN, OCLC and Goodreads numbers
    covers: int = 0  #: of which the size is known
    options: Options = Options()


def about(directory: Path) -> About:
    """What a generation says about itself."""
    return msgspec.json.decode((directory / "about.json").read_bytes(), type=About)


def current(root: Path) -> Path:
    """The directory of the generation in use.

    Raises:
        ActionRequired: None was ever loaded, or a newer version of this program wrote it.
    """
    try:
        directory = root / (root / CURRENT).read_text(encoding="ascii").strip()
        written = about(directory)
    except (OSError, msgspec.MsgspecError) as error:
        raise ActionRequired("No catalogue is loaded.", hint=HINT) from error
    if written.format != FORMAT:
        raise ActionRequired("The catalogue was written by another version of Completist.", hint=HINT)
    return directory


@contextmanager
def building(root: Path) -> Iterator[Path]:
    """An empty directory to build in; debris of killed builds is gone, and so is this one if the body fails.

    Raises:
        Busy: Another process is building here.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        _claim(lock)
        in_use = _number(root)
        for debris in _unreferenced(root, in_use):
            shutil.rmtree(debris)
        directory = root / f"gen-{in_use + 1:06}.part"
        directory.mkdir()
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def publish(root: Path, directory: Path) -> Path:
    """Put a finished directory in use; returns where it lies now. All but the last two generations are removed."""
    for path in sorted(directory.rglob("*")):
        _settle(path)
    _settle(directory)
    final = directory.with_suffix("")
    directory.rename(final)
    pointer = root / f"{CURRENT}.part"
    pointer.unlink(missing_ok=True)
    pointer.write_text(f"{final.name}\n", encoding="ascii")
    _settle(pointer)
    _settle(root)
    pointer.replace(root / CURRENT)
    _settle(root)
    _prune(root, final)
    return final


def prune(root: Path, kept: int = KEPT) -> tuple[int, int]:
    """Remove what killed builds left, and all but the last ``kept`` generations: how many folders, and their bytes.

    Raises:
        ActionRequired: No catalogue is loaded.
        Busy: Another process is building here.
    """
    in_use = current(root)
    with (root / "lock").open("w") as lock:
        _claim(lock)
        older = sorted((path for path in root.glob("gen-*") if path.name[4:].isdecimal()), reverse=True)
        older = [path for path in older if path.name < in_use.name]
        doomed = [*_unreferenced(root, _number(root)), *older[max(0, kept - 1) :]]
        freed = sum(map(size, doomed))
        for path in doomed:
            shutil.rmtree(path, ignore_errors=True)
        (root / f"{CURRENT}.part").unlink(missing_ok=True)
    return len(doomed), freed


def _claim(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Busy("A catalogue is being loaded here already.", hint="Wait until it is done.") from error


def _number(root: Path) -> int:
    """The number of the generation in use, 0 when there is none."""
    try:
        return int((root / CURRENT).read_text(encoding="ascii").strip().removeprefix("gen-"))
    except (OSError, ValueError):
        return 0


def _unreferenced(root: Path, in_use: int) -> list[Path]:
    """What killed builds left: unfinished directories, and a finished one that was not put in use any more."""
    later = [path for path in root.glob("gen-*") if path.name[4:].isdecimal() and int(path.name[4:]) > in_use]
    return [*root.glob("gen-*.part"), *later]


def _prune(root: Path, newest: Path) -> None:
    older = sorted((path for path in root.glob("gen-*") if path != newest), reverse=True)
    for path in older[KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _settle(path: Path) -> None:
    """Wait until a file or directory is safe on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size(directory: Path) -> int:
    """Bytes that a generation takes on disk."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
