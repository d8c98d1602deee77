"""Asking: what a finder is told of items, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from completist.domain.fields import Value
from completist.domain.pipeline import Pipeline
from completist.engine.recording import inputs
from completist.sdk.finder import Subject
from completist.store import fields, matches
from completist.store.database import Connection


def read_subjects(connection: Connection, pipeline: Pipeline, ids: Sequence[int]) -> dict[int, Subject]:
    """Each of ``ids`` as the finder of ``pipeline`` sees it now."""
    return subjects_of(connection, pipeline, fields.read_values(connection, ids, names=pipeline.inputs))


def subjects_of(
    connection: Connection, pipeline: Pipeline, said: Mapping[int, Sequence[Value]]
) -> dict[int, Subject]:
    """Items as the finder of ``pipeline`` sees them; of several records chosen, the latest counts.

    ``said`` is what stands there of each, of the fields that the pipeline reads at least.
    """
    verdicts = matches.read_decisions(connection, list(said), pipeline.name)
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
