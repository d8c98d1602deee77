"""Opening a person's file safely: bounded, decompressed, decoded, never trusted."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from completist.domain.errors import BadInput
from completist.sdk.source import Head

HEAD = 64 * 1024  #: bytes that a `Head` shows
LOOK = 1024 * 1024  #: bytes on which the encoding is decided
CHUNK = 256 * 1024  #: bytes read at once
LONGEST_LINE = 16 * 1024 * 1024  #: characters
LARGEST = 4 * 1024**3  #: bytes a compressed file may expand to
RATIO = 200  #: times its size that a compressed file may expand to ...
RATIO_FROM = 16 * 1024 * 1024  #: ... once it is larger than this

_EXPORT = "Export your list as CSV and import that."
_SPREADSHEET = "Save the table as CSV and import that."
#: How files begin that hold no list: what they are, and what to do instead.
_NO_LISTS = (
    (
        b"pk\x03\x04",
        "a ZIP archive or a spreadsheet",
        "Unpack it and import the file inside; save a spreadsheet's table as CSV.",
    ),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet or document of an old office program", _SPREADSHEET),
    (b"%pdf", "a PDF document", _EXPORT),
    (b"\x89png\r\n", "a picture", _EXPORT),
    (b"\xff\xd8\xff", "a picture", _EXPORT),
    (b"gif8", "a picture", _EXPORT),
    (b"<!doctype html", "a web page", "Was the download a page that asks you to sign in? Download it again."),
    (b"<html", "a web page", "Was the download a page that asks you to sign in? Download it again."),
)

#: How our own tables begin.
_OWN_TABLE = b"id,kind,source,key,"

_GZIP = b"\x1f\x8b"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def head(path: Path) -> Head:
    """The beginning of a file, decompressed when it is gzip, and its size on disk.

    Raises:
        BadInput: There is no such file, it is a directory or empty, cannot be read, or is damaged gzip.
    """
    with closing(byte_chunks(path)) as blocks:
        start = b""
        for block in blocks:
            start += block
            if len(start) >= HEAD:
                break
    if not start:
        raise BadInput(f"{path.name} is empty.")
    _refuse_known(path, start)
    if not start.strip() and len(start) < HEAD:
        raise BadInput(f"{path.name} holds nothing but blank lines.")
    return Head(path, start[:HEAD], path.stat().st_size)


def _refuse_known(path: Path, start: bytes) -> None:
    """Say what a file is that holds no list, but is often taken for one."""
    beginning = start[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, what, hint in _NO_LISTS:
        if beginning.startswith(mark):
            raise BadInput(f"{path.name} is {what}.", hint=hint, code="unknown_format")
    names = start[:HEAD].partition(b"\n")[0]
    if names.startswith(_OWN_TABLE) and b",artists," in names and b",authors," in names:
        raise BadInput(
            f"{path.name} is a table of several kinds that Completist wrote.",
            hint="Write each kind by itself: completist export --format csv --kind book --out books.csv.",
            code="unknown_format",
        )


def decode_head(head: Head) -> str:
    """The beginning of a file as text; characters that cannot be read stand as U+FFFD."""
    encoding = encoding_of(head.start)
    return head.start.decode(encoding, "replace" if encoding != "utf-8" else "cp1252-bytes")


def open_text(path: Path) -> Generator[str]:
    """The lines of a text file, each with its line end, in bounded memory.

    UTF-8 and UTF-16 with or without their marks, else Windows-1252. Bytes that break otherwise sound UTF-8
    are read as Windows-1252 one by one, as exports mix both. Gzip is recognised by content.

    Raises:
        BadInput: Missing, a directory, empty, unreadable, damaged or absurdly compressed; a NUL byte, a line
            of more than `LONGEST_LINE` characters, or a byte that is no text, each with its line.
    """
    number, rest = 0, ""
    for text in text_chunks(path):
        complete, end, tail = text.rpartition("\n")
        if not end:
            rest += tail
        else:
            for line in io.StringIO(rest + complete + end, newline=""):
                number += 1
                yield line
            rest = tail
        if len(rest) > LONGEST_LINE:
            size = LONGEST_LINE // 1024**2
            raise BadInput(f"{path.name}, line {number + 1}: the line is longer than {size} MiB.")
    yield from io.StringIO(rest, newline="")


def text_chunks(path: Path) -> Generator[str]:
    """The text of a file in pieces of bounded size, cut anywhere. Decodes and refuses as `open_text` does."""
    with closing(byte_chunks(path)) as blocks:
        first = _look(blocks)
        if not first:
            raise BadInput(f"{path.name} is empty.")
        yield from _decoded(path, first, blocks)


def byte_chunks(path: Path) -> Generator[bytes]:
    """The bytes of a file in pieces of bounded size, decompressed when it is gzip.

    Raises:
        BadInput: Missing, a directory, unreadable, damaged or absurdly compressed.
    """
    try:
        if path.is_dir():
            raise BadInput(f"{path.name or path} is a directory, not a file.")
        if path.exists() and not path.is_file():
            raise BadInput(f"{path.name} is not a regular file.")
        with path.open("rb") as raw:
            compressed = raw.read(2) == _GZIP
            raw.seek(0)
            if compressed:
                yield from _expanded(path, raw)
            else:
                while block := raw.read(CHUNK):
                    yield block
    except FileNotFoundError:
        raise BadInput(f"{path.name}: there is no such file.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(f"{path.name} cannot be read: {reason}.") from error


def encoding_of(sample: bytes) -> str:
    """The encoding of a text that begins with ``sample``: utf-8, utf-8-sig, utf-16 or cp1252."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    try:
        codecs.utf_8_decode(sample, "strict", False)  # noqa: FBT003 (the C signature)
    except UnicodeDecodeError:
        # Damaged UTF-8 has more sound sequences than broken ones; Windows-1252 has hardly any sound one.
        wide = "".join(c for c in sample.decode("utf-8", "replace") if not c.isascii())
        return "utf-8" if 2 * wide.count("\ufffd") <= len(wide) else "cp1252"
    return "utf-8"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("cp1252-bytes", _as_cp1252)


def _look(blocks: Iterator[bytes]) -> bytes:
    first = bytearray()
    for block in blocks:
        first += block
        if len(first) >= LOOK:
            break
    return bytes(first)


def _decoded(path: Path, first: bytes, blocks: Iterator[bytes]) -> Iterator[str]:
    encoding = encoding_of(first)
    errors = "cp1252-bytes" if encoding.startswith("utf-8") else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    lines = 0
    for block, final in _with_end(first, blocks):
        try:
            text = decoder.decode(block, final)
        except UnicodeDecodeError as error:
            at = lines + 1 + block[: error.start].count(b"\n")
            kind = "not UTF-16" if encoding == "utf-16" else "neither UTF-8 nor Windows-1252"
            raise BadInput(
                f"{path.name}, line {at}: the text is {kind}.",
                hint="Save the file as UTF-8 and try again.",
            ) from None
        if "\0" in text:
            at = lines + 1 + text[: text.index("\0")].count("\n")
            raise BadInput(f"{path.name}, line {at}: a NUL byte; this is no text, or damaged.")
        lines += text.count("\n")
        if text:
            yield text


def _with_end(first: bytes, blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    yield first, False
    for block in blocks:
        yield block, False
    yield b"", True


def _expanded(path: Path, raw: IO[bytes]) -> Iterator[bytes]:
    size = 0
    with gzip.GzipFile(fileobj=raw) as file:
        while True:
            try:
                block = file.read(CHUNK)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise BadInput(f"{path.name}: the gzip file is cut off or damaged.") from error
            if not block:
                return
            size += len(block)
            if size > LARGEST or (size > RATIO_FROM and size > RATIO * raw.tell()):
                raise BadInput(
                    f"{path.name}: the gzip file expands to more than it plausibly holds.",
                    hint="Unpack it yourself and import the file inside.",
                )
            yield block
