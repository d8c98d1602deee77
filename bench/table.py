"""Figures as a Markdown table, each beside its bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure; ``bar`` is what it is held to, empty when it only informs."""

    name: str
    figure: str
    bar: str = ""
    ok: bool = True


def show(title: str, measures: Sequence[Measure]) -> None:
    """Print figures as a table."""
    print(f"\n### {title}\n")
    print("| measure | figure | bar | |")
    print("|---|---|---|---|")
    for each in measures:
        verdict = ("ok" if each.ok else "**missed**") if each.bar else ""
        print(f"| {each.name} | {each.figure} | {each.bar} | {verdict} |")
