"""Requests and answers of simulated providers, on their way from and to the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

#: The time in seconds since the epoch.
Clock: TypeAlias = Callable[[], float]

#: An object of JSON.
Json: TypeAlias = dict[str, Any]

HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the provider at ``host`` gets it; names of headers are in lower case."""

    method: str
    host: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    def number(self, name: str, default: int) -> int:
        """A parameter that is a whole number; anything else counts as not given."""
        text = self.params.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() else default


class Sending(StrEnum):
    """How an answer goes out."""

    WHOLE = "whole"
    NEVER = "never"  #: nothing is ever sent
    CLOSED = "closed"  #: the connection ends before the answer begins
    CUT = "cut"  #: the connection ends in the middle of the answer
    SLOWLY = "slowly"  #: byte by byte, so to speak
    ENDLESS = "endless"  #: what there is, and then far more


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"  #: the media type
    sending: Sending = Sending.WHOLE
    seconds: float = 0.0  #: that it takes to be sent slowly


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    """A reply with a JSON body."""
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), headers or {})


def page(status: int, title: str, text: str = "") -> Answer:
    """A reply that is a page for people."""
    head = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>"
    return Answer(status, f"{head}\n<body><h1>{title}</h1><p>{text}</p></body></html>\n".encode(), kind=HTML)
