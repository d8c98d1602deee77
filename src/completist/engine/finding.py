"""Finding: a finder's word on each of a batch of subjects, whatever breaks on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from completist.catalog.collecting import uncollected
from completist.domain.errors import ActionRequired, Retryable
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finder, Finding, Interrupted, Subject


@dataclass(frozen=True, slots=True)
class Found:
    """Findings by item, for items that broke the finder the error, and the milliseconds that each subject took."""

    findings: dict[int, Finding] = field(default_factory=dict)
    failed: dict[int, Exception] = field(default_factory=dict)
    spent: float = 0.0


def look_up(finder: Finder, subjects: Sequence[Subject], catalogue: Catalogue) -> Found:
    """What a finder comes to about each of ``subjects``."""
    begun = perf_counter()
    with uncollected():
        findings, failed = find(finder, subjects, catalogue)
    return Found(findings, failed, (perf_counter() - begun) * 1000 / max(1, len(subjects)))


def find(
    finder: Finder, subjects: Sequence[Subject], catalogue: Catalogue
) -> tuple[dict[int, Finding], dict[int, Exception]]:
    """Findings by item, and for items that broke the finder the error.

    A batch that breaks is halved until the broken item stands alone, so one bad record never takes others along.
    """
    try:
        return {finding.item_id: finding for finding in finder.find(subjects, catalogue)}, {}
    except ActionRequired as error:
        return {}, {each.item_id: error for each in subjects}
    except Retryable as error:
        done = {f.item_id: f for f in error.findings} if isinstance(error, Interrupted) else {}
        return done, {each.item_id: error for each in subjects if each.item_id not in done}
    except Exception as error:  # noqa: BLE001 - the one place where a failed attempt is turned into a record
        if len(subjects) == 1:
            return {}, {subjects[0].item_id: error}
    middle = len(subjects) // 2
    left, broken_left = find(finder, subjects[:middle], catalogue)
    right, broken_right = find(finder, subjects[middle:], catalogue)
    return left | right, broken_left | broken_right
