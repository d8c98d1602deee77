"""Asking: what a finder is told of items, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from completist.domain.fields import Value
from completist.domain.pipeline import Pipeline
from completist.engine import wording
from completist.engine.reading import inputs
from completist.sdk import registry
from completist.sdk.finder import Subject
from completist.sdk.registry import KindPlugin
from completist.store import fields, items, matches
from completist.store.database import Connection


@dataclass(frozen=True, slots=True)
class Asked:
    """Items as a finder is asked about them: as it sees them, what is said of them, and at which revision.

    What imports say of fields that play no part here (`unread`) is left out.
    """

    subjects: Mapping[int, Subject]
    said: Mapping[int, Sequence[Value]]
    revisions: Mapping[int, int]


def ask(
    connection: Connection,
    pipeline: Pipeline,
    ids: Sequence[int],
    *,
    before: Asked | None = None,
    hold: bool = False,
) -> Asked:
    """Each of ``ids`` as the finder of ``pipeline`` sees it now.

    What nobody has changed since it was asked about ``before`` is not read again. With ``hold`` nobody changes it
    until the transaction ends.
    """
    revisions = items.revisions(connection, ids, hold=hold)
    known = {} if before is None else before.revisions
    same = {item_id for item_id in ids if item_id in known and known[item_id] == revisions.get(item_id)}
    changed = [item_id for item_id in ids if item_id not in same]
    left_out = unread(registry.plugin(pipeline.kind))
    said = fields.read_values(connection, changed, imports_but=left_out) if changed else {}
    subjects = subjects_of(connection, pipeline, said) if changed else {}
    if before is None or not same:
        return Asked(subjects, said, revisions)
    if not changed:
        return Asked(before.subjects, before.said, revisions)
    kept = {item_id: before.said[item_id] for item_id in same}
    seen = {item_id: before.subjects[item_id] for item_id in same}
    return Asked(seen | subjects, kept | said, revisions)


def unread(plugin: KindPlugin) -> tuple[str, ...]:
    """The fields of a kind that no provider fills and no pipeline reads, and by which no item is scored or found.

    An owner's rating and shelves are half of what an import says.
    """
    read = plugin.kind.counting.union(wording.read_by(plugin.kind))
    for pipeline in plugin.pipelines:
        read = read.union(pipeline.inputs, filter(None, (pipeline.goal,)))
    return tuple(field.name for field in plugin.kind.fields if field.personal and field.name not in read)


def subjects_of(
    connection: Connection, pipeline: Pipeline, said: Mapping[int, Sequence[Value]]
) -> dict[int, Subject]:
    """Items as the finder of ``pipeline`` sees them; of several records chosen, the latest counts.

    ``said`` is what stands there of each, of the fields that the pipeline reads at least.
    """
    verdicts = matches.read_decisions(connection, list(said), pipeline.like or pipeline.name)
    subjects: dict[int, Subject] = {}
    for item_id, values in said.items():
        decided = verdicts.get(item_id)
        read = inputs(pipeline, values)
        if decided is None:
            subjects[item_id] = Subject(item_id, read)
            continue
        rejected = frozenset(record for record, verdict in decided.items() if verdict == "rejected")
        accepted = [record for record, verdict in decided.items() if verdict == "accepted"]
        subjects[item_id] = Subject(item_id, read, rejected, accepted[-1] if accepted else None)
    return subjects
