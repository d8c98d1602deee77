"""Deciding: which of the candidates that somebody offers an item is, by what people said and what its kind knows."""

from __future__ import annotations

from collections.abc import Sequence

from completist.domain.matching import Candidate, Match, Verdict
from completist.sdk.finder import Finding, Subject
from completist.sdk.registry import KindPlugin

#: How sure whoever offers a candidate has to be for a person not to be asked.
UNSURE = 0.5


def decide(
    plugin: KindPlugin, subject: Subject, offered: Sequence[Candidate], *, sure: bool = False
) -> Finding:
    """What the candidates of one provider come to.

    What a person chose is taken, what they turned down is not offered again. The rest is the kind's affair, unless
    whoever offers it is ``sure`` of it, or the kind has no judge: then it has to agree and to be the only one.
    """
    chosen = [c for c in offered if subject.accepted and subject.accepted in (c.record, c.work)]
    if chosen:
        return found(subject, Verdict.AUTO, "accepted", chosen[:1])
    left = [c for c in offered if subject.rejected.isdisjoint((c.record, c.work))]
    if not left:
        return found(subject, Verdict.NONE, "rejected_by_you" if offered else "nothing_found", ())
    if subject.accepted:  # a person chose another record: theirs stands until they say otherwise
        return found(subject, Verdict.REVIEW, "disagrees", left)
    if plugin.judge is not None and not sure:
        return plugin.judge(subject, left)
    if not all(plugin.agree(subject.values, c.fields) for c in left):
        return found(subject, Verdict.REVIEW, "disagrees", left)
    if min(c.confidence for c in left) < UNSURE:
        return found(subject, Verdict.REVIEW, "reported", left)
    if len(left) > 1:
        return found(subject, Verdict.REVIEW, "several", left)
    return found(subject, Verdict.AUTO, "reported", left)


def found(subject: Subject, verdict: Verdict, reason: str, candidates: Sequence[Candidate]) -> Finding:
    """A finding with one reason, about the first of the candidates."""
    best = candidates[0] if candidates else None
    match = Match(
        verdict,
        (reason,),
        best.level if best else None,
        best.record if best else None,
        best.distance.total if best else None,
    )
    return Finding(subject.item_id, match, tuple(candidates))
