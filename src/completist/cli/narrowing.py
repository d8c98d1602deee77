"""Narrowing: what hits have to be besides fitting, as options and as parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from completist.domain.errors import BadInput
from completist.sdk.vectors import Narrow

_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)?\s*(-|\.\.)?\s*(\d+(?:\.\d+)?)?\s*")


def narrowing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that narrow a search."""
    for option in (
        click.option("--key", metavar="KEY", default="", help="In this key: “A minor”, “F#”."),
        click.option(
            "--bpm", metavar="FROM-TO", default="", help="Between these beats per minute: 60-90, 120-."
        ),
        click.option(
            "--year", metavar="FROM-TO", default="", help="Released in these years: 1988, 1990-1999, -1980."
        ),
        click.option("--artist", metavar="NAME", default="", help="By this artist."),
    ):
        command = option(command)
    return command


def narrow_of(artist: str, year: str, bpm: str, key: str) -> Narrow:
    """The options as the search takes them. Raises BadInput."""
    years = span("year", year)
    whole = tuple(None if bound is None else int(bound) for bound in years)
    return Narrow(artist, (whole[0], whole[1]), span("bpm", bpm), key)


def span(name: str, text: str) -> tuple[float | None, float | None]:
    """From where to where: ``60-90``, ``60-``, ``-90``; one number is both. Raises BadInput."""
    if not text.strip():
        return (None, None)
    found = _SPAN.fullmatch(text)
    if found is None or not (found[1] or found[3]):
        raise BadInput(f"{name} takes a number, or two with a hyphen between them, not {text!r}.")
    low = float(found[1]) if found[1] else None
    high = float(found[3]) if found[3] else None if found[2] else low
    if low is not None and high is not None and low > high:
        raise BadInput(f"{name}: {text} goes backwards.")
    return (low, high)
