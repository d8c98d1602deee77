"""Hanging: the best picture for each item of a batch, out of all that is offered for it.

What stands in the library and in the catalogue is looked at first. Whoever has no good picture then is asked about at
the providers, and what they offer is looked at, too. A person's own is never touched, and what was chosen before gives
way to nothing smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from random import Random
from time import monotonic
from typing import Protocol

from completist.domain.fields import Origin, is_empty
from completist.domain.matching import Match, Verdict
from completist.domain.pictures import is_good, is_smaller, rank
from completist.domain.pipeline import Pipeline
from completist.domain.retry import postponed
from completist.domain.run import Outcome, RunState
from completist.engine.asking import Asked
from completist.engine.inquiry.matters import Inquired
from completist.engine.pictures.looking import Found, Gallery, Looked
from completist.engine.pictures.offers import Offer, chosen, found, told, typed
from completist.engine.settling import NoFinding, Try, unfinished
from completist.sdk.finder import Finding
from completist.sdk.pictures import Pictures
from completist.sdk.provider import UNSENT, Refused

#: Under which name a look at pictures stands in the log of attempts.
LOOK = "pictures"


class Ask(Protocol):
    """Asks the providers about items; see `inquiring.Inquirer`."""

    def __call__(self, asked: Asked, findings: Mapping[int, Finding]) -> Inquired:
        """The findings, with what providers add to them."""
        ...


@dataclass(slots=True)
class Hanging:
    """A batch of items that want a picture."""

    gallery: Gallery
    kind: Pictures
    pipeline: Pipeline
    asked: Asked
    attempts: Mapping[int, int]
    now: int
    seconds: float  #: until it is time to stop, for each of two looks
    stop: Callable[[], bool]
    chance: Random
    _looked: dict[int, Looked] = field(default_factory=dict)

    def hang(self, findings: Mapping[int, Finding], ask: Ask) -> Inquired:
        """What each item comes to. ``findings`` are the catalogue's."""
        offered = {item_id: self._offers(item_id, finding) for item_id, finding in findings.items()}
        self._look(offered)
        lacking = [item_id for item_id in findings if self._lacks(item_id)]
        inquired = Inquired({})
        if lacking and len(lacking) < len(findings) and self.seconds < inf:
            # Those that have one are not kept waiting for the others, whose turn comes with the next batch.
            later = NoFinding(Outcome.NOT_FOUND, unfinished(self.now))
            return self._came_to(findings, Inquired({}, dict.fromkeys(lacking, later)), deferred=lacking)
        if lacking:
            inquired = ask(self._without(lacking), {i: self._blind(findings[i]) for i in lacking})
            self._look({i: list(found(self.pipeline, inquired.findings.get(i))) for i in lacking})
        return self._came_to(findings, inquired)

    def _offers(self, item_id: int, finding: Finding) -> list[Offer]:
        said = self.asked.said[item_id]
        own = typed(self.pipeline, said)
        if own is not None:
            url = own.data if isinstance(own.data, str) else ""
            return [Offer(url, "", "", origin=own.origin)] if url.startswith("http") else []
        offers = [*told(self.pipeline, self.asked.subjects[item_id], said), *found(self.pipeline, finding)]
        distinct = list({offer.url: offer for offer in reversed(offers)}.values())[::-1]
        return sorted(distinct, key=_turn)

    def _look(self, offered: Mapping[int, Sequence[Offer]]) -> None:
        wanted = {item_id: offers for item_id, offers in offered.items() if offers}
        ends = monotonic() + self.seconds
        for item_id, looked in self.gallery.look(self.kind, wanted, ends=ends, stop=self.stop).items():
            before = self._looked.setdefault(item_id, Looked())
            before.found += looked.found
            before.refusals += looked.refusals
            before.missed += looked.missed
            before.codes += looked.codes
            before.unfinished |= looked.unfinished
            before.spent += looked.spent

    def _lacks(self, item_id: int) -> bool:
        """Whether providers are asked: nothing good was found, and nobody says that this is their affair."""
        looked = self._looked.get(item_id, Looked())
        if typed(self.pipeline, self.asked.said[item_id]) is not None or looked.unfinished:
            return False
        return not any(
            is_good(f.picture.width, f.picture.height) or f.offer.origin is not Origin.PROVIDER
            for f in looked.found
        )

    def _without(self, lacking: Sequence[int]) -> Asked:
        """The items as if nothing were said of their pictures, so that providers are asked for one."""
        name = self.pipeline.picture
        said = {i: [v for v in self.asked.said[i] if v.field != name] for i in lacking}
        return replace(self.asked, subjects={i: self.asked.subjects[i] for i in lacking}, said=said)

    def _blind(self, finding: Finding) -> Finding:
        """What the catalogue found, but for the pictures."""
        name = self.pipeline.picture
        blind = [
            replace(c, fields={n: d for n, d in c.fields.items() if n != name}) for c in finding.candidates
        ]
        return replace(finding, candidates=tuple(blind), also=())

    def _came_to(
        self, findings: Mapping[int, Finding], inquired: Inquired, deferred: Sequence[int] = ()
    ) -> Inquired:
        ended: dict[int, Finding] = {}
        pending: dict[int, NoFinding] = {}
        unasked: set[int] = set()
        tries: dict[int, Sequence[Try]] = dict(inquired.tries)
        for item_id, finding in findings.items():
            looked = self._looked.get(item_id, Looked())
            if looked.spent:
                outcome = (
                    looked.refusals[0].outcome if looked.refusals and not looked.found else Outcome.FOUND
                )
                tries[item_id] = [*tries.get(item_id, ()), Try(LOOK, outcome, None, looked.spent)]
            best = self._best(item_id, looked)
            waits = self._waits(item_id, looked, inquired)
            if best is not None:
                ended[item_id] = best
                if item_id in deferred:
                    pending[item_id] = inquired.pending[item_id]
                elif later := self._better_later(item_id, looked, best):
                    pending[item_id] = later
            elif waits is None:
                ended[item_id] = self._none(finding, inquired.findings.get(item_id), looked)
            elif self.stop():
                unasked.add(item_id)
            else:
                pending[item_id] = waits
        return Inquired(ended, pending, frozenset(unasked), tries)

    def _best(self, item_id: int, looked: Looked) -> Finding | None:
        """The best of what was found; None when nothing was."""
        said = self.asked.said[item_id]
        own = typed(self.pipeline, said)
        before = chosen(self.pipeline, said)
        if own is not None:
            done = bool(looked.found) or is_empty(own.data) or not str(own.data).startswith("http")
            return self._left_alone(item_id, before) if done else None
        if any(f.offer.origin is not Origin.PROVIDER for f in looked.found):
            return self._left_alone(item_id, before)
        standing = next((f for f in looked.found if f.offer.own), None)
        rivals = [f for f in looked.found if standing is None or not _is_smaller(f, standing)]
        if not rivals:
            return None
        best = max(rivals, key=lambda f: (_rank(f), f is standing))
        candidate = best.offer.candidate(str(self.pipeline.picture), best.url)
        match = Match(
            Verdict.AUTO, ("picture_looked_at",), candidate.level, candidate.record, candidate.distance.total
        )
        return Finding(item_id, match, (candidate,))

    def _left_alone(self, item_id: int, before: object) -> Finding:
        """The item has one that is a person's or a file's: what was chosen before, if anything, stays behind it."""
        match = Match(Verdict.AUTO, ("has_its_own",))
        return Finding(item_id, match, unheard=_everyone(self.asked.said[item_id]) if before else frozenset())

    def _waits(self, item_id: int, looked: Looked, inquired: Inquired) -> NoFinding | None:
        """Until when an item waits for whom; None when everybody was heard."""
        if looked.unfinished or item_id in inquired.unasked:
            return NoFinding(Outcome.NOT_FOUND, unfinished(self.now))
        if looked.refusals:
            return self._postponed(item_id, looked.refusals)
        return inquired.pending.get(item_id) or self._later(item_id, looked)

    def _better_later(self, item_id: int, looked: Looked, best: Finding) -> NoFinding | None:
        """Until when an item that got a picture waits for a better one, which could not be looked at for now."""
        return self._later(item_id, looked) if best.candidates else None

    def _later(self, item_id: int, looked: Looked) -> NoFinding | None:
        """Until when an item waits for pictures that could not be looked at, though their server answered."""
        if not looked.missed:
            return None
        later = self._postponed(item_id, looked.missed)
        return None if later.result.state is RunState.FAILED else later

    def _postponed(self, item_id: int, refusals: Sequence[Refused]) -> NoFinding:
        refused = min(refusals, key=lambda r: r.after or 0.0)
        resting = refused.code in UNSENT
        attempts = self.attempts.get(item_id, 0)
        result = postponed(refused.outcome, attempts, self.now, refused.after, self.chance, resting=resting)
        return NoFinding(refused.outcome, replace(result, code=f"{refused.code}@{LOOK}"))

    def _none(self, finding: Finding, asked: Finding | None, looked: Looked) -> Finding:
        """Nobody has one: because of what was found instead, or because nobody knows the item for certain."""
        match = (asked or finding).match
        if looked.codes:
            reasons: tuple[str, ...] = tuple(dict.fromkeys(looked.codes))
        elif match.verdict is Verdict.AUTO:
            reasons = ("no_picture",)
        else:
            reasons = match.reasons if match.verdict is Verdict.NONE else ("uncertain", *match.reasons)
        return Finding(finding.item_id, Match(Verdict.NONE, reasons))


def _turn(offer: Offer) -> tuple[bool, bool, bool]:
    """When it is looked at: what was chosen before first, then what stands in files, the edition before the work."""
    return (not offer.own, offer.origin is Origin.PROVIDER, not offer.of_edition)


def _everyone(said: Sequence[object]) -> frozenset[str]:
    return frozenset(str(getattr(value, "source", "")) for value in said)


def _rank(found: Found) -> float:
    return rank(found.picture.width, found.picture.height, of_edition=found.offer.of_edition)


def _is_smaller(one: Found, other: Found) -> bool:
    return one is not other and is_smaller(
        (one.picture.width, one.picture.height), (other.picture.width, other.picture.height)
    )
