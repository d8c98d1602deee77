"""Numbers that a person types: ids and counts, in the range that a database can hold."""

from __future__ import annotations

from typing import Any

import click

#: What fits the integers of SQLite and PostgreSQL.
LARGEST = 2**63 - 1


class Whole(click.IntRange):
    """A whole number from ``least`` up."""

    name = "whole number"

    def __init__(self, least: int = 1) -> None:
        super().__init__(min=least, max=LARGEST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number."""
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r} is not a whole number.", param, ctx)
        if not (self.min or 0) <= number <= LARGEST:
            self.fail(f"{value} is not a whole number from {self.min} to {LARGEST:,}.", param, ctx)
        return number
