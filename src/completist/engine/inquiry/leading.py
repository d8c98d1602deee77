"""Leading: the items of one batch are led from provider to provider, and handed in as soon as they are through."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf, isfinite
from typing import Protocol

from completist.engine.inquiry.floors import Floors
from completist.engine.inquiry.hearing import Respondent, Turn
from completist.engine.inquiry.matters import Matter
from completist.engine.inquiry.routes import route
from completist.engine.lanes import together
from completist.sdk.adapter import BY_NAME


class Hold(Protocol):
    """Hears a respondent about some items. The lower the place of its word, the sooner it is believed."""

    def __call__(
        self, respondent: Respondent, matters: Sequence[Matter], turn: Turn, place: int, *, searching: bool
    ) -> None:
        """Until it has answered, or the turn is over."""
        ...


@dataclass(slots=True)
class Leading:
    """One batch on its way. Numbers are asked for first, with everybody; then names, of what nobody knew by number.

    Where several providers are slow, parts of the items go their own ways, and are handed in one by one. What the
    quick ones said is handed in before that, of a part at least: somebody may wait for the first results.
    """

    respondents: Sequence[Respondent]  #: in the order in which they are believed
    floors: Floors
    hold: Hold
    lasts: float  #: seconds of a turn
    stop: Callable[[], bool]
    now: Callable[[], float]
    #: Items that others have still to name: they are asked about by number alone.
    unripe: Collection[int] = ()
    hand_in: Callable[[Sequence[Matter]], None] | None = None
    _handed: set[Matter] = field(default_factory=set)

    def lead(self, matters: Sequence[Matter]) -> Sequence[Matter]:
        """Those that were not handed in on the way."""
        way, turn = route(self.respondents), self._turn()
        for respondent in way.first:
            self.hold(respondent, matters, turn, self.respondents.index(respondent), searching=False)
        parts = way.parts(matters)
        if way.groups and self.hand_in is not None and isfinite(self.lasts):
            # A quick one that refuses is asked again in each turn: were that enough, all would be put off for ever.
            if turn.told and (len(parts) == 1 or self._is_first(way.groups[0])):
                self._put_off(way.groups, parts[-1])
                parts = parts[:-1]
            turn = Turn(self.stop, inf)  # a part is as long as a turn
        rest: list[Matter] = []
        together([partial(self._take_on, way.groups, part, turn, rest) for part in parts])
        if way.groups and not turn.is_over():
            turn = self._turn()
        self._search(rest, turn)
        return [matter for matter in matters if matter not in self._handed]

    def _is_first(self, group: Sequence[Respondent]) -> bool:
        """Whether nothing else is at these respondents: then nothing was handed in yet, either."""
        return self.floors.are_free([each.provider.name for each in group])

    def _turn(self) -> Turn:
        return Turn(self.stop, self.now() + self.lasts)

    def _take_on(
        self,
        groups: Sequence[Sequence[Respondent]],
        part: Sequence[Matter],
        turn: Turn,
        rest: list[Matter],
    ) -> None:
        """Lead a part through all of the others; what nobody would be asked about by name is handed in."""
        self._by_number(groups, part, turn)
        if not groups or self.hand_in is None:
            rest += part
            return
        through: list[Matter] = []
        for matter in part:
            (rest if self._is_open(matter) else through).append(matter)
        self._search(through, turn)
        self._hand_in(through)

    def _put_off(self, groups: Sequence[Sequence[Respondent]], part: Sequence[Matter]) -> None:
        """Hand a part in as it is; what it was not asked about is noted."""
        over = Turn(self.stop, -inf, called=True)
        self._by_number(groups, part, over)
        self._search(part, over)
        self._hand_in(part)

    def _by_number(self, groups: Sequence[Sequence[Respondent]], part: Sequence[Matter], turn: Turn) -> None:
        """Hear group after group; of each, whoever is free first."""
        for group in groups:
            left = {each.provider.name: each for each in group}
            while left:
                with self.floors.sought([*left], turn.is_past) as name:
                    respondent = left.pop(name)
                    place = self.respondents.index(respondent)
                    self.hold(respondent, part, turn, place, searching=False)

    def _search(self, matters: Sequence[Matter], turn: Turn) -> None:
        """Hear everybody about names; of what is unripe, it is noted that they were not."""
        ripe = [matter for matter in matters if matter.subject.item_id not in self.unripe]
        for place, respondent in enumerate(self.respondents, len(self.respondents)):
            if ripe:
                self.hold(respondent, ripe, turn, place, searching=True)
        for matter in matters:
            if matter.subject.item_id in self.unripe:
                open_to = (r for r in self.respondents if _has_questions(r, matter, BY_NAME))
                matter.unasked.update(each.provider.name for each in open_to)

    def _is_open(self, matter: Matter) -> bool:
        """Whether anybody has still to be asked about it: by name, or by numbers that others brought to light."""
        return any(_has_questions(respondent, matter) for respondent in self.respondents)

    def _hand_in(self, matters: Sequence[Matter]) -> None:
        if matters and self.hand_in is not None:
            self.hand_in(matters)
            self._handed.update(matters)


def _has_questions(respondent: Respondent, matter: Matter, schemes: Collection[str] = ()) -> bool:
    """Whether a respondent has still to be asked about an item, with ``schemes`` about these alone.

    By name only while the item is not found, or where there is no number to ask by.
    """
    adapter, name = respondent.adapter, respondent.provider.name
    if id(respondent) in matter.over or not respondent.may_be_asked or matter.heard_of_edition(name):
        return False
    if not matter.gaps & adapter.fills:
        return False
    for depth, questions in enumerate(adapter.rounds(matter.known)):
        if all((name, question.key) in matter.answered for question in questions):
            continue
        scheme = questions[0].scheme
        fits = scheme in schemes or not schemes
        if fits and (scheme not in BY_NAME or depth == 0 or not matter.is_found):
            return True
    return False
