"""The review list: what waits for a person, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from completist.cli import words
from completist.cli.paper import Cell, Column, Ink, Tone
from completist.domain.outcome import Effect, outcome

if TYPE_CHECKING:
    from completist.app import App
    from completist.cli.session import Session
    from completist.domain.matching import Candidate
    from completist.engine.viewing import ItemView
    from completist.store.matches import Proposal


def write_proposals(session: Session, app: App) -> None:
    """One JSON document, written piece by piece: a long list takes no more memory than a short one."""
    write = session.paper.write
    write(f'{{"schema": 1, "waiting": {app.waiting()}, "proposals": [')
    for place, proposal in enumerate(app.proposals()):
        document = as_object(proposal, app.show(proposal.item_id))
        write((", " if place else "") + json.dumps(document, ensure_ascii=False))
    write("]}\n")


def as_object(proposal: Proposal, view: ItemView) -> dict[str, Any]:
    """A proposal as scripts read it."""
    return {
        "proposal": proposal.id,
        "item": proposal.item_id,
        "kind": view.kind.name,
        "pipeline": proposal.pipeline,
        "title": view.data.get(view.kind.title),
        "byline": words.data(view.data.get(view.kind.byline)) if view.kind.byline else "",
        "confidence": proposal.confidence,
        "reasons": list(proposal.reasons),
        "why": words.reasons(proposal.reasons),
        "candidates": [_candidate(candidate, view) for candidate in proposal.candidates],
    }


def _candidate(candidate: Candidate, view: ItemView) -> dict[str, Any]:
    sides = outcome(view.kind, view.values, view.locked, candidate)
    effects: dict[str, list[str]] = {}
    for side in sides:
        effects.setdefault(side.effect.value, []).append(side.field.name)
    return {
        "record": candidate.record,
        "work": candidate.work,
        "level": candidate.level.value,
        "provider": candidate.provider,
        "title": candidate.title,
        "byline": candidate.byline,
        "year": candidate.year,
        "confidence": candidate.confidence,
        "distance": candidate.distance.total,
        "penalties": dict(candidate.distance.penalties),
        "reasons": list(candidate.reasons),
        "fields": dict(candidate.fields),
        "effects": {effect.value: effects.get(effect.value, []) for effect in Effect},
    }


def list_proposals(session: Session, app: App) -> None:
    """Two lines and a table for each proposal."""
    paper = session.paper
    for proposal in app.proposals():
        view = app.show(proposal.item_id)
        title = words.short(words.data(view.data.get(view.kind.title)), 60) or "[ no title ]"
        byline = words.data(view.data.get(view.kind.byline)) if view.kind.byline else ""
        paper.line(
            Ink(f"{proposal.id}", Tone.UNCERTAIN),
            "  ",
            Ink(title, Tone.STRONG),
            f"  {words.short(byline, 40)}",
        )
        paper.line(f"because {words.reasons(proposal.reasons[:2])}", indent=4)
        rows = [row(candidate) for candidate in proposal.candidates]
        columns = (Column(right=True), Column(), Column(grows=True), Column(grows=True), Column())
        paper.table(columns, rows, indent=4)
    count = app.waiting()
    paper.say(f"{words.counted(count, 'proposal')} waiting." if count else "Nothing waits for you.")


def row(candidate: Candidate) -> tuple[Cell, ...]:
    """A candidate in one row: how sure, record, title, by whom, year."""
    return (
        f"{candidate.confidence * 100:.0f}%",
        candidate.record,
        words.short(candidate.title, 50),
        words.short(candidate.byline, 30),
        str(candidate.year or ""),
    )
