"""The pipeline of commits, in three stages with versions of their own."""

from __future__ import annotations

from completist.domain.pipeline import Pipeline
from completist.sdk.cards import Stages

#: A new number here makes commits stale, and has done again what stands from that stage on: nothing before it.
STAGES = Stages(parser="parser-1", cards="cards-1", render="render-1")

CARDS = Pipeline(
    name="commit-cards",
    kind="commit",
    version=STAGES.version,
    inputs=("git", "repository_id", "subject", "message", "parents"),
    fills=("cards", "blocks", "left_out"),
    priority=5,
)
