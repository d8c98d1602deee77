"""Keeping: where copies of pictures lie, each under its digest: a folder, or whatever fsspec reaches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from completist.domain.errors import ActionRequired, CompletistError
from completist.pictures.sizes import BOXES, Size

if TYPE_CHECKING:  # loads Pillow, which most commands need not
    from completist.pictures.copying import Copy

#: What a copy that is still being written ends with.
_PART = ".part"

#: Thumbnails: one that a power cut took is made again from its copy.
_MADE_AGAIN = ".webp"


class Keeping(Protocol):
    """Files by name. What was written stands there whole or not at all."""

    def write(self, name: str, content: bytes) -> None:
        """Keep ``content`` under a name, in the place of what lies there."""
        ...

    def read(self, name: str) -> bytes | None:
        """What is kept under a name; None when nothing is."""
        ...

    def remove(self, name: str) -> None:
        """Keep it no longer."""
        ...

    def names(self) -> Iterator[str]:
        """Every name, half-written ones too."""
        ...


class Folder:
    """Files in a folder on this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, content: bytes) -> None:
        """Keep it; see `Keeping.write`."""
        path = self._root / name
        part = path.with_name(f"{path.name}-{uuid4().hex[:8]}{_PART}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                if not name.endswith(_MADE_AGAIN):
                    file.flush()
                    os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise CompletistError(
                f"A cover cannot be written: {error.strerror}.",
                hint="Make room, or see: completist doctor",
                code="disk_full",
            ) from error

    def read(self, name: str) -> bytes | None:
        """What is kept; see `Keeping.read`."""
        try:
            return (self._root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remove(self, name: str) -> None:
        """Keep it no longer."""
        (self._root / name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Every name."""
        if self._root.is_dir():
            for folder, _, files in os.walk(self._root):
                beyond = Path(folder).relative_to(self._root)
                yield from ((beyond / file).as_posix() for file in files)


class Bucket:
    """Objects in a store that fsspec reaches: ``s3://bucket/covers``, and any other protocol that is installed."""

    def __init__(self, files: Any, root: str) -> None:  # noqa: ANN401 - fsspec carries no types
        self._files = files
        self._root = root.rstrip("/")

    def write(self, name: str, content: bytes) -> None:
        """Keep it; an object appears whole."""
        self._files.pipe_file(f"{self._root}/{name}", content)

    def read(self, name: str) -> bytes | None:
        """What is kept; see `Keeping.read`."""
        try:
            return bytes(self._files.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Keep it no longer."""
        try:
            self._files.rm_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return

    def names(self) -> Iterator[str]:
        """Every name."""
        try:
            found = self._files.find(self._root)
        except FileNotFoundError:
            return
        at = self._root.strip("/")
        for path in found:
            yield str(path).strip("/").removeprefix(at).lstrip("/")


def keeping_at(place: str | Path) -> Keeping:
    """Where ``place`` says: a folder, or the address of a store (``s3://bucket/covers``).

    Raises:
        ActionRequired: The store needs an extra that is not installed.
    """
    if isinstance(place, Path) or "://" not in place:
        return Folder(Path(place))
    parts = urlsplit(place)
    try:
        import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

        if parts.scheme == "s3":
            from obstore.fsspec import register  # noqa: PLC0415 - likewise

            register("s3")
        files = fsspec.filesystem(parts.scheme)
    except (ImportError, ValueError) as error:
        raise ActionRequired(
            f"Covers cannot be kept at {parts.scheme}://: {error}.", hint="pip install 'completist[s3]'"
        ) from error
    return Bucket(files, f"{parts.netloc}{parts.path}")


def name_of(sha256: str, form: str) -> str:
    """The name of a copy."""
    return f"{sha256[:2]}/{sha256}.{form}"


def thumbnail_of(sha256: str, size: Size) -> str:
    """The name of a thumbnail."""
    return f"{sha256[:2]}/{sha256}-{size}.webp"


def names_of(sha256: str, form: str) -> list[str]:
    """All that is kept of a picture."""
    return [name_of(sha256, form), *(thumbnail_of(sha256, size) for size in BOXES)]


def sha256_in(name: str) -> str:
    """The digest in a name; empty when it is none of ours."""
    stem = name.rpartition("/")[2].partition(".")[0].partition("-")[0]
    return stem if len(stem) == 64 else ""  # noqa: PLR2004 - hex digits of SHA-256


def write_copy(keeping: Keeping, copy: Copy) -> None:
    """Keep a copy with its thumbnails, the copy last: where it lies, all lies."""
    sha256 = copy.picture.sha256
    if keeping.read(name_of(sha256, copy.picture.form)) == copy.content:
        return
    for size, content in copy.thumbnails.items():
        keeping.write(thumbnail_of(sha256, size), content)
    keeping.write(name_of(sha256, copy.picture.form), copy.content)
