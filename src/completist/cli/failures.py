"""Failures: how an error is told, and the exit code that it comes to.

0 done · 1 error · 2 usage or bad input · 3 done, but some of it was left out · 4 a person has to do something first ·
5 temporary, try again later · 6 not found · 7 another process is at work · 130 interrupted
"""

from __future__ import annotations

import json
import sys
from typing import Any

from completist.cli.glyphs import harmless
from completist.domain.errors import ActionRequired, BadInput, Busy, CompletistError, NotFound, Retryable

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
    return describe(error.code, error.message, error.hint, retryable=error.retryable)


def describe(code: str, message: str, hint: str, *, retryable: bool) -> dict[str, Any]:
    """The fields of an error as scripts read them."""
    return {"code": code, "message": message, "hint": hint, "retryable": retryable}


def tell(code: str, message: str, hint: str = "", *, retryable: bool = False, as_json: bool) -> None:
    """Write an error to standard error."""
    if as_json:
        document = {"error": describe(code, message, hint, retryable=retryable)}
        text = json.dumps(document, ensure_ascii=False)
    else:
        text = harmless(f"completist: {message}" + (f"\nhint: {hint}" if hint else ""))
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the one place where errors are told


def tell_error(error: CompletistError, *, as_json: bool) -> int:
    """Write one of our own errors to standard error; its exit code."""
    tell(error.code, error.message, error.hint, retryable=error.retryable, as_json=as_json)
    return exit_code(error)
