"""Asking: what a finder is told of items, read in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from completist.domain.pipeline import Pipeline
from completist.engine.recording import inputs
from completist.sdk.finder import Subject
from completist.store import fields, matches
from completist.store.database import Connection


def read_subjects(connection: Connection, pipeline: Pipeline, ids: Sequence[int]) -> dict[int, Subject]:
    """Each of ``ids`` as the finder of ``pipeline`` sees it now; of several records chosen, the latest counts."""
    said = fields.read_values(connection, ids, names=pipeline.inputs)
    verdicts = matches.read_decisions(connection, ids, pipeline.name)
    subjects: dict[int, Subject] = {}
    for item_id in ids:
        decided = verdicts.get(item_id, {})
        rejected = frozenset(record for record, verdict in decided.items() if verdict == "rejected")
        accepted = [record for record, verdict in decided.items() if verdict == "accepted"]
        read = inputs(pipeline, said[item_id])
        subjects[item_id] = Subject(item_id, read, rejected, accepted[-1] if accepted else None)
    return subjects
