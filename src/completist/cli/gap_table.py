"""The gap table: what is there and what is missing, field by field. The gap is drawn as a gap."""

from __future__ import annotations

from collections.abc import Mapping

from completist.cli.paper import Cell, Column, Ink, Paper, Tone, bar
from completist.domain.kind import Kind

Gaps = Mapping[str, Mapping[str, int]]


def show_gaps(paper: Paper, kinds: Mapping[str, Kind], items: Mapping[str, int], gaps: Gaps) -> None:
    """How many items lack each field, the largest gap first, for every kind that has items."""
    for name, kind in kinds.items():
        total, missing = items.get(name, 0), gaps.get(name, {})
        if not total:
            continue
        paper.line(Ink(f"{total:,} {kind.plural if total != 1 else kind.name}", Tone.STRONG))
        rows = [
            _row(kind, field, count, total)
            for field, count in sorted(missing.items(), key=lambda pair: -pair[1])
            if count
        ]
        if rows:
            heads = (
                Column("missing", right=True),
                Column("field"),
                Column("filled", spare=True),
                Column("", right=True),
            )
            paper.table(heads, rows)
        else:
            paper.line(Ink("nothing is missing", Tone.FILLED), indent=2)


def _row(kind: Kind, field: str, count: int, total: int) -> tuple[Cell, ...]:
    filled = total - count
    return (
        Ink(f"{count:,}", Tone.GAP),
        kind.by_name[field].label,
        bar(filled, total),
        f"{filled * 100 // total}%",
    )


def show_progress(
    paper: Paper, kinds: Mapping[str, Kind], items: Mapping[str, tuple[int, int]], before: Gaps, after: Gaps
) -> None:
    """How many items had each field before and have it now. ``items`` holds (before, after) by kind."""
    for name, kind in kinds.items():
        had, have = items.get(name, (0, 0))
        missing = after.get(name, {})
        if not have:
            continue
        more = f", {have - had:,} of them new" if had and have != had else ", all new" if not had else ""
        paper.line(Ink(f"{have:,} {kind.plural if have != 1 else kind.name}", Tone.STRONG), more)
        rows: list[tuple[Cell, ...]] = []
        for field, count in missing.items():
            was, now = had - before.get(name, {}).get(field, had), have - count
            gained: Cell = Ink(f"+{now - was:,}", Tone.FILLED) if now > was else ""
            label = kind.by_name[field].label
            rows.append((label, f"{was:,}", "→", f"{now:,}", gained, bar(now, have), f"{now * 100 // have}%"))
        paper.table(
            (
                Column("field"),
                Column("before", right=True),
                Column(),
                Column("now", right=True),
                Column("", right=True),
                Column("filled", spare=True),
                Column("", right=True),
            ),
            rows,
        )
