"""``completist export``: the library out again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.session import Session
from completist.domain.errors import BadInput


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist export > library.jsonl\n"
    "  completist export --format goodreads-csv --out completed.csv\n"
    "  completist export --format csv --kind book --out books.csv",
)
@click.option(
    "--format",
    "form",
    default="jsonl",
    metavar="NAME",
    help="jsonl (default), csv or goodreads-csv.",
    shell_complete=lambda *asked: [f for f in ("jsonl", "csv", "goodreads-csv") if f.startswith(asked[2])],
)
@click.option("--kind", metavar="KIND", help="Only items of one kind.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Instead of standard output.",
)
@click.pass_obj
def export(session: Session, form: str, kind: str | None, out: Path | None) -> int:
    """Write the library out again.

    jsonl holds everything, with who said what; csv the values that count; goodreads-csv goes back to Goodreads.
    A file is written beside its place and moved there when it is complete.
    """
    if out is not None and not out.name:
        raise click.UsageError("Name a file behind --out.")
    with session.open() as app:
        lines = app.export(form, kind)
        if out is None:
            for line in lines:
                session.paper.write(line)
            return OK
        count = write_out(out, lines)
    rows = count if form == "jsonl" else count - 1  # the others begin with a header
    if session.json:
        document = {"schema": 1, "file": str(out), "format": form, "rows": rows, "bytes": out.stat().st_size}
        session.paper.document(document)
    else:
        session.paper.say(f"{words.counted(rows, 'item')} written to {out}.")
    return OK


def write_out(out: Path, lines: Iterable[str]) -> int:
    """Write lines to a file, or straight to a device or pipe, which must not be replaced; how many there were.

    Raises:
        BadInput: It cannot be written.
    """
    out = out.resolve() if out.is_symlink() else out  # the file behind a link, so that the link stays
    if out.is_file() or not out.exists():
        return write_atomically(out, lines)
    count = 0
    try:
        with out.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            for line in lines:
                file.write(line)
                count += 1
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written: {error.strerror}.", hint="Choose another file with --out."
        ) from error
    return count


def write_atomically(out: Path, lines: Iterable[str]) -> int:
    """Write lines to a file that appears only when it is complete; how many pieces there were.

    A file that stands there keeps its permissions, and its content until the very end.

    Raises:
        BadInput: The folder does not exist or cannot be written to.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent)
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written: {error.strerror}.", hint="Choose another file with --out."
        ) from error
    part = Path(name)
    count = 0
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            for line in lines:
                file.write(line)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        part.chmod(_mode(out))
        part.replace(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _settle(out.parent)
    return count


def _mode(out: Path) -> int:
    """The permissions of the file that stands there, else those that a new file gets."""
    with suppress(OSError):
        return out.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _settle(folder: Path) -> None:
    """Wait until the new name is safe on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
