"""Finders of tracks: what can be told without asking anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from completist.domain.matching import Match, Verdict
from completist.domain.pipeline import Pipeline
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.pipelines import IDENTIFY
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finding, Subject
from completist.sdk.jsondata import text, texts


@dataclass(frozen=True, slots=True)
class IdentifyFinder:
    """Which recording a track is: one of which all that matters is said, its ISRC above all, is known already."""

    pipeline: Pipeline = IDENTIFY

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject."""
        del catalogue
        return [Finding(subject.item_id, _match(subject)) for subject in subjects]


def _match(subject: Subject) -> Match:
    values = subject.values
    numbered = any(map(isrc, texts(values.get("isrc"))))
    told = text(values.get("title")) and texts(values.get("artists")) and text(values.get("album"))
    if numbered and told and values.get("duration"):
        return Match(Verdict.AUTO, ("isrc",))
    return Match(Verdict.NONE, ("nothing_found",))
