"""Reading a dump file: from bytes on disk, compressed or not, to blocks of whole lines.

Memory stays bounded whatever the file holds: a line beyond `MAX_LINE` is passed over without being kept, so a
file that unpacks to terabytes costs time only.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, Final, cast

from completist.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

_unpacker: Callable[..., Any] = gzip.GzipFile
_damage: tuple[type[Exception], ...] = (gzip.BadGzipFile, zlib.error)
try:
    from isal import igzip, isal_zlib
except ImportError:
    pass  # no wheel for this machine: the standard library reads the same, at a third of the speed
else:
    _unpacker = igzip.IGzipFile
    _damage = (*_damage, cast("type[Exception]", isal_zlib.IsalError))

MAX_LINE: Final = 16 * 2**20  #: bytes; the longest real record is far below one MiB
BLOCK: Final = 2**20  #: bytes unpacked at a time
GZIP_MAGIC: Final = b"\x1f\x8b"
BOM: Final = b"\xef\xbb\xbf"


class _Tally(io.RawIOBase):
    """A file that counts and hashes what is read from it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._sum = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: WriteableBuffer) -> int:
        view = memoryview(into)
        got = self._file.readinto(view) or 0
        self._sum.update(view[:got])
        self.count += got
        return got

    def drain(self) -> str:
        """Read what the unpacker left behind; the SHA-256 of the whole file, in hex."""
        while self.read(BLOCK):
            pass
        return self._sum.hexdigest()

    def close(self) -> None:
        self._file.close()
        super().close()


class Dump:
    """One dump file, read once from beginning to end.

    After `blocks` has run out, ``sha256`` is that of the file as it lies on disk. ``too_long`` counts the lines
    passed over so far, ``bytes_read`` the bytes taken from the disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.too_long = 0
        self.sha256 = ""
        self.bytes_read = 0  #: bytes taken from the disk so far
        try:
            self.size = path.stat().st_size
            with path.open("rb"):
                pass  # whether it can be read is known before an hour has gone into the others
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadInput(f"{path.name} cannot be read: {reason}.", hint="Name dump files.") from error

    def blocks(self) -> Iterator[bytes]:
        """The file's lines, many at a time; each block ends where a line ends.

        Raises:
            BadInput: The file is cut off, damaged or cannot be read.
        """
        with _Tally(self.path) as raw:
            buffered = io.BufferedReader(raw, BLOCK)
            try:
                packed = buffered.peek(2)[:2] == GZIP_MAGIC
                stream: IO[bytes] = _unpacker(fileobj=buffered) if packed else buffered
                for block in self._cut(stream):
                    self.bytes_read = raw.count
                    yield block
                self.sha256 = raw.drain()
                self.bytes_read = raw.count
            except EOFError as error:
                raise self._bad("is cut off") from error
            except _damage as error:
                raise self._bad("is damaged: it does not unpack") from error
            except OSError as error:
                raise self._bad(f"cannot be read: {error.strerror or error}") from error

    def _bad(self, what: str) -> BadInput:
        hint = "Fetch it again and compare its size; nothing was loaded."
        return BadInput(f"{self.path.name} {what}, after {self.bytes_read:,} bytes.", hint=hint)

    def _cut(self, stream: IO[bytes]) -> Iterator[bytes]:
        held: list[bytes] = []  # the beginning of a line whose end is still to come
        length = 0
        first = True
        while chunk := stream.read(BLOCK):
            if first:
                chunk = chunk.removeprefix(BOM)
                first = False
            end = chunk.rfind(b"\n") + 1
            if end:
                line_end = chunk.find(b"\n")
                if length + line_end > MAX_LINE:
                    self.too_long += 1
                    yield chunk[line_end + 1 : end]
                else:
                    yield b"".join((*held, chunk[:end]))
                held, length = [chunk[end:]], len(chunk) - end
            else:
                length += len(chunk)
                held = [*held, chunk] if length <= MAX_LINE else []
        if length > MAX_LINE:
            self.too_long += 1
        elif length:
            yield b"".join(held)
