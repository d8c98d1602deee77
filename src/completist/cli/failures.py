"""Failures: how an error is told, and the exit code that it comes to.

0 done · 1 error · 2 usage or bad input · 3 done, but some of it was left out · 4 a person has to do something first ·
5 temporary, try again later · 6 not found · 7 another process is at work · 130 interrupted
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from completist.cli.glyphs import harmless
from completist.domain.errors import ActionRequired, BadInput, Busy, CompletistError, NotFound, Retryable

if TYPE_CHECKING:
    from completist.cli.session import Session

OK, ERROR, USAGE, PARTLY, ACTION, TEMPORARY, NOT_FOUND, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 7, 130

_CODES: dict[type[CompletistError], int] = {
    BadInput: USAGE,
    ActionRequired: ACTION,
    Retryable: TEMPORARY,
    NotFound: NOT_FOUND,
    Busy: BUSY,
}


class ReaderGone(Exception):
    """Whoever read our output has had enough (``| head``): nothing went wrong."""


class Interrupted(Exception):
    """The person pressed Ctrl-C, and what was under way has been put in order."""


def exit_code(error: CompletistError) -> int:
    """The exit code of an error."""
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), ERROR)


def as_document(error: CompletistError) -> dict[str, Any]:
    """An error as scripts read it."""
    said = _fields(error.code, error.message, error.hint, retryable=error.retryable)
    return {**said, "details": error.details} if error.details else said


def tell(code: str, message: str, hint: str = "", *, retryable: bool = False, as_json: bool) -> None:
    """Write an error to standard error."""
    _write(_fields(code, message, hint, retryable=retryable), as_json=as_json)


def tell_error(error: CompletistError, session: Session) -> int:
    """Write one of our own errors to standard error, its details to those who want to know more; its exit code."""
    _write(as_document(error), as_json=session.json, verbose=session.verbose)
    return exit_code(error)


def _fields(code: str, message: str, hint: str, *, retryable: bool) -> dict[str, Any]:
    return {"code": code, "message": message, "hint": hint, "retryable": retryable}


def _write(said: dict[str, Any], *, as_json: bool, verbose: bool = False) -> None:
    if as_json:
        text = json.dumps({"error": said}, ensure_ascii=False)
    else:
        lines = [f"completist: {said['message']}"]
        if verbose:
            lines += [f"  {name}: {detail}" for name, detail in said.get("details", {}).items()]
        text = harmless("\n".join([*lines, *([f"hint: {said['hint']}"] if said["hint"] else [])]))
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the one place where errors are told
