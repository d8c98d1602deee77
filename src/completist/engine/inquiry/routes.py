"""Routes: in which order the items of a batch are taken to providers, and how many of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from completist.engine.inquiry.hearing import Respondent
from completist.engine.inquiry.matters import Matter

#: Items that are at one provider while others are at another, if both are slow and like to be asked about so many.
PART = 500


@dataclass(frozen=True, slots=True)
class Route:
    """The way through the respondents of a pipeline.

    ``first`` are heard about all items, one after the other: they are quick. Then each part of the items goes its
    own way through ``groups``. The respondents of one group may be heard in any order: whoever is free comes next.
    """

    first: Sequence[Respondent]
    groups: Sequence[Sequence[Respondent]] = ()

    def parts(self, matters: Sequence[Matter]) -> list[Sequence[Matter]]:
        """The items that go together, as even as may be; all of them where nothing is gained by parting."""
        if not self.groups:
            return [matters]
        size = _even(len(matters))
        return [matters[start : start + size] for start in range(0, len(matters), size)]


def route(respondents: Sequence[Respondent]) -> Route:
    """The way through respondents that stand in the order in which they are believed.

    Items are parted where several in a row are asked about so many at once, and not more.
    """
    groups = [
        group
        for slow, each in groupby(respondents, lambda r: 0 < r.provider.together <= PART)
        for group in ([[*each]] if slow else [[one] for one in each])
    ]
    begins = next((i for i, group in enumerate(groups) if len(group) > 1), len(groups))
    return Route([one for group in groups[:begins] for one in group], groups[begins:])


def _even(items: int) -> int:
    """The size of the fewest parts that none is larger than `PART` of."""
    return -(-items // max(1, -(-items // PART))) or 1
