"""What of a dump is loaded, and what that will take."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from completist.domain.errors import CompletistError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Bytes of a finished generation, and of what lies beside it while it is made, for each byte of a dump file: measured
#: with made-up dumps (bench/README.md), with a third added because real records are packed less well.
FINISHED: Final = {True: 1.4, False: 0.26}  #: by whether the file is packed
BESIDE: Final = {True: 0.5, False: 0.09}
SPARE: Final = 50 * 10**6  #: bytes that are always wanted free


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Which editions are loaded, and whether titles can be searched afterwards.

    An edition that names no language at all stays whatever ``languages`` says. When editions are left out, works and
    authors that none of the others refers to are, too.
    """

    languages: tuple[str, ...] = ()  #: MARC codes (eng); all when empty
    isbn_only: bool = False  #: leave out editions that carry no ISBN
    search: bool = True  #: without, only look-ups by ISBN, number and key are answered

    @property
    def partial(self) -> bool:
        """Whether editions are left out."""
        return self.isbn_only or bool(self.languages)


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a load takes, roughly, before anything is read."""

    dump: int  #: bytes of the files
    finished: int  #: bytes of the generation
    needed: int  #: bytes that must be free while it is made; the one in use stays beside it
    free: int  #: bytes that are free


def estimate(root: Path, files: Sequence[Path]) -> Estimate:
    """What loading these files under ``root`` takes. A subset takes less; how much, only the files know."""
    sizes = [(path.stat().st_size, path.suffix == ".gz") for path in dict.fromkeys(files)]
    finished = sum(int(size * FINISHED[packed]) for size, packed in sizes)
    beside = sum(int(size * BESIDE[packed]) for size, packed in sizes)
    place = next(each for each in (root, *root.absolute().parents) if each.exists())
    return Estimate(
        dump=sum(size for size, _ in sizes),
        finished=finished,
        needed=finished + beside + SPARE,
        free=shutil.disk_usage(place).free,
    )


def check_room(estimated: Estimate) -> None:
    """See that there is room before an hour has gone into it.

    Raises:
        CompletistError: There is not.
    """
    if estimated.needed > estimated.free:
        needed, free = (f"{size / 1e9:,.1f} GB" for size in (estimated.needed, estimated.free))
        raise CompletistError(
            f"The catalogue needs about {needed} while it is made, and {free} are free.",
            hint="Make room, choose another data folder, load a subset, or say --no-room-check.",
        )
