"""Running: one invocation from its arguments to its exit code. The one place where any error may end up."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

import click

from completist.cli.failures import (
    ERROR,
    INTERRUPTED,
    OK,
    USAGE,
    Interrupted,
    ReaderGone,
    tell,
    tell_error,
)
from completist.cli.session import Session
from completist.domain.errors import CompletistError


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code."""
    _speak_utf8()
    words = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    session = Session(json="--json" in words, verbose="-v" in words or "--verbose" in words)
    try:
        return _run(list(arguments), session)
    except ReaderGone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered goes nowhere
        return OK
    except CompletistError as error:
        error.hint = session.located(error.hint)
        return tell_error(error, session)
    except click.UsageError as error:
        return _usage(error, session)
    except click.ClickException as error:
        tell("error", error.format_message(), as_json=session.json)
        return ERROR
    except (Interrupted, KeyboardInterrupt, click.Abort):
        again = f"Go on with: {session.resume}" if session.resume else ""
        if session.json:
            tell("interrupted", "Interrupted.", session.resume, retryable=True, as_json=True)
        else:
            tell("interrupted", f"Interrupted. {again}".strip(), as_json=False)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, the person gets one line and not a traceback
        return _unexpected(error, session)


def _run(arguments: list[str], session: Session) -> int:
    from completist.cli.verbs import completist

    try:
        result = completist.main(arguments, "completist", standalone_mode=False, obj=session)
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None
    return result if isinstance(result, int) else OK


def _usage(error: click.UsageError, session: Session) -> int:
    hint = ""
    if error.ctx is not None:
        hint = f"{error.ctx.command_path} --help"
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not session.json:
        click.echo(error.format_message(), err=True)
    else:
        message = " ".join(error.format_message().split())
        tell("usage", message, hint, as_json=session.json)
    return USAGE


def _unexpected(error: Exception, session: Session) -> int:
    """One line about an error that nobody foresaw; only its first line, as the rest may quote the library."""
    if session.verbose:
        traceback.print_exception(error)
    first = next(iter(str(error).splitlines()), "")
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        message = f"{error.strerror or first}{where}"
        tell("os_error", message, "completist doctor", as_json=session.json)
    else:
        kind = type(error).__name__
        message = f"something went wrong inside Completist: {kind}: {first}".rstrip(": ")
        hint = "completist doctor looks for the cause; -v shows where it happened."
        tell("unexpected", message, hint, as_json=session.json)
    return ERROR


def _speak_utf8() -> None:
    """Write UTF-8 whatever the locale says: what comes out is data, and nothing may be lost on the way."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(ValueError, io.UnsupportedOperation):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
