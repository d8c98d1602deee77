"""Conditions: the options that say when an item is worth a look-up, and what a person chose with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from completist.domain.durations import read_duration, said_duration

C = TypeVar("C", bound=Callable[..., Any])

_NAMES = ("missing", "score_below", "never_asked", "older_than")


class Duration(click.ParamType[str]):
    """A time such as 90d, 12h or 2w, in its normal form."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same duration, the same text."""
        try:
            return said_duration(read_duration(str(value)))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def conditions(command: C) -> C:
    """Let a command take conditions; all that are given have to hold."""
    options = (
        click.option(
            "--field",
            "missing",
            multiple=True,
            metavar="FIELD",
            help="Only items that lack this field; given again, this one or that.",
        ),
        click.option(
            "--score-below",
            type=click.IntRange(1, 100),
            metavar="N",
            help="Only items that are less than N percent complete.",
        ),
        click.option("--never-asked", is_flag=True, help="Only items that were never looked up."),
        click.option(
            "--older-than",
            type=Duration(),
            metavar="TIME",
            help="Only items that were not looked up in this time (90d, 12h), and again those that were before.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def conditions_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a person chose, as the filter of a selection: what they left out is left out."""
    chosen: dict[str, Any] = {name: asked[name] for name in _NAMES if asked.get(name)}
    if missing := chosen.get("missing"):
        chosen["missing"] = missing[0] if len(missing) == 1 else list(missing)
    return chosen


def told(chosen: Mapping[str, Any]) -> str:
    """Conditions as people read them, behind the word "items"."""
    missing = chosen.get("missing", [])
    names = [missing] if isinstance(missing, str) else missing
    parts = [f"without {' or '.join(names)}"] if names else []
    if "score_below" in chosen:
        parts.append(f"less than {chosen['score_below']} % complete")
    if "never_asked" in chosen:
        parts.append("never looked up")
    if "older_than" in chosen:
        parts.append(f"not looked up for {chosen['older_than']}")
    return ", ".join(parts)
