"""Logs: one JSON object a line on standard error. They carry ids, counts and codes, never what a library holds."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

import structlog

_SECRETS = (
    "token",
    "tokens",
    "key",
    "keys",
    "authorization",
    "cookie",
    "cookies",
    "password",
    "secret",
    "digest",
)
_CONTENT = (
    "title",
    "titles",
    "subtitle",
    "author",
    "authors",
    "byline",
    "isbn",
    "isbn10",
    "isbn13",
    "name",
    "names",
)
_MORE = ("value", "values", "fields", "description", "review", "notes", "body", "query", "email")

#: Words in the name of a key whose value stays out of the log: secrets, and what a person's library is made of.
SECRET = frozenset((*_SECRETS, *_CONTENT, *_MORE))

REDACTED = "[redacted]"

#: Frames told of an unexpected error, the innermost last.
_FRAMES = 8

_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")

Event = MutableMapping[str, Any]


def configure(*, as_json: bool = True, level: str = "info") -> None:
    """Send everything that is logged, by structlog or by the standard library, to standard error in one form.

    ``as_json`` writes one object a line, otherwise lines for people. ``level`` is debug, info, warning or error.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_errors,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def redact(_logger: object, _method: str, event: Event) -> Event:
    """Put `REDACTED` in place of what does not belong into a log, at whatever depth."""
    return {name: _redacted(name, held) for name, held in event.items()}


def _redacted(name: object, held: object) -> object:
    if isinstance(name, str) and _is_secret(name):
        return REDACTED
    if isinstance(held, Mapping):
        return {inner: _redacted(inner, each) for inner, each in held.items()}
    if isinstance(held, (list, tuple)):
        return [_redacted(None, each) for each in held]
    return held


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return not SECRET.isdisjoint(word.lower() for word in _WORDS.findall(name))


def tell_errors(_logger: object, _method: str, event: Event) -> Event:
    """Say of an exception what it was and where it arose. Its message stays out: it may quote the library."""
    told = event.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event["error"], event["where"] = type(error).__name__, where(error)
    return event


def where(error: BaseException) -> list[str]:
    """The places through which an error came, the innermost last: ``file:line function``."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
