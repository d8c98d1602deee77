"""Weighing: what the catalogue and the live providers say of one item, brought to one finding.

Each provider's records are judged by themselves, against what the library says of the item. Then they are held
against one another: those that mean the same thing are written side by side and make each other surer, and those
that do not go to a person. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from completist.domain.fields import Level
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.engine.deciding import decide
from completist.sdk.adapter import Reading
from completist.sdk.finder import Finding, Related, Subject
from completist.sdk.registry import KindPlugin

#: Candidates that a person is shown.
SHOWN = 5

#: What a reason ends with that says: an identifier of the item leads to something else.
_CONTRADICTIONS = ("_disagrees", "_ambiguous")

#: How a record of Wikidata is called by those who pass it on.
_PASSED_ON = "wd:"


@dataclass(frozen=True, slots=True)
class Told:
    """What one provider said of an item."""

    provider: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class _Voice:
    """One provider's records, judged by themselves."""

    provider: str
    finding: Finding
    told: tuple[Candidate, ...]  #: all that it offers
    related: Mapping[str, tuple[Related, ...]]

    @property
    def best(self) -> Candidate:
        return self.finding.candidates[0]

    @property
    def verdict(self) -> Verdict:
        return self.finding.match.verdict


def weigh(plugin: KindPlugin, subject: Subject, local: Finding, told: Sequence[Told]) -> Finding:
    """One finding out of the catalogue's own and what providers said, in the order in which they are believed."""
    if not told:
        return local
    voices = [*_local(local), *(_heard(plugin, subject, each) for each in told)]
    sure = [v for v in voices if v.verdict is Verdict.AUTO and v.finding.candidates]
    chosen = [v for v in sure if subject.accepted and subject.accepted in (v.best.record, v.best.work)]
    if not chosen and any(_contradicts(v) for v in voices):
        sure = [v for v in sure if _vouched(plugin, subject, v.best)]
    if not sure:
        return _unsure(subject, local, voices)
    first = (chosen or sure)[0]
    others = [v for v in sure if v is not first]
    apart = [v for v in others if not _same(plugin, first.best, v.best)]
    if apart and not chosen:
        return _apart(subject, [first, *apart])
    agreed = [first, *(v for v in others if v not in apart)]
    return _together(plugin, subject, agreed, voices)


def _local(local: Finding) -> list[_Voice]:
    provider = local.candidates[0].provider if local.candidates else ""
    return [_Voice(provider, local, local.candidates, local.related)]


def _heard(plugin: KindPlugin, subject: Subject, told: Told) -> _Voice:
    candidates = tuple(reading.candidate for reading in told.readings)
    related = {reading.candidate.record: reading.related for reading in told.readings}
    return _Voice(told.provider, decide(plugin, subject, candidates), candidates, related)


def _contradicts(voice: _Voice) -> bool:
    """Whether an identifier of the item leads elsewhere, as far as this provider knows."""
    reasons = voice.finding.match.reasons
    return voice.verdict is Verdict.REVIEW and any(r.endswith(_CONTRADICTIONS) for r in reasons)


def _vouched(plugin: KindPlugin, subject: Subject, candidate: Candidate) -> bool:
    """Whether the item and the candidate share an identifier."""
    return bool(_identifiers(plugin, subject.values) & _identifiers(plugin, candidate.fields))


def _identifiers(plugin: KindPlugin, data: Mapping[str, object]) -> set[tuple[str, str]]:
    return {
        (field.name, str(one))
        for field in plugin.kind.identifiers
        if isinstance(held := data.get(field.name), list)
        for one in held
    }


def _same(plugin: KindPlugin, one: Candidate, two: Candidate) -> bool:
    """Whether two records may be of one thing, from either side."""
    return plugin.agree(one.fields, two.fields) and plugin.agree(two.fields, one.fields)


def _together(
    plugin: KindPlugin, subject: Subject, agreed: Sequence[_Voice], voices: Sequence[_Voice]
) -> Finding:
    """The records of all who agree, and of those who are unsure but offer a record that the others name."""
    known = [v.best for v in agreed]
    for voice in voices:
        if voice not in agreed and (linked := _linked(plugin, subject, known, voice.told)):
            known.append(linked)
    sources = _by_source(plugin, known)
    raised = [_raised(c, [o for o in known if _root(o) != _root(c)]) for c in sources]
    best = raised[0]
    reasons = agreed[0].finding.match.reasons
    if len({_root(c) for c in known}) > 1:
        reasons = (*reasons, "corroborated")
    match = Match(Verdict.AUTO, reasons, best.level, best.record, best.distance.total)
    related = next(((c, r) for v in voices for c, r in v.related.items() if r and _names(known, c)), None)
    brought = {} if related is None else {best.record: related[1]}
    return Finding(subject.item_id, match, (best,), brought, tuple(raised[1:]))


def _names(known: Iterable[Candidate], record: str) -> bool:
    return any(c.record == record for c in known)


def _linked(
    plugin: KindPlugin, subject: Subject, known: Sequence[Candidate], told: Iterable[Candidate]
) -> Candidate | None:
    """The record that shares an identifier with what is known by now, and agrees with it.

    What was never certain of the edition stays true of the work alone.
    """
    own = _identifiers(plugin, subject.values)
    names = own.union(*(_identifiers(plugin, c.fields) for c in known))
    for candidate in told:
        if candidate.record in subject.rejected or candidate.work in subject.rejected:
            continue
        shared = names & _identifiers(plugin, candidate.fields)
        if shared and all(_same(plugin, each, candidate) for each in known):
            fields = plugin.kind.by_name
            certain = any(fields[scheme].level is not Level.WORK for scheme, _ in shared & own)
            return candidate if certain else replace(candidate, level=Level.WORK)
    return None


def _by_source(plugin: KindPlugin, known: Sequence[Candidate]) -> list[Candidate]:
    """One record for each provider: of two of its records the more certain one, with what only the other says.

    What another record says of an edition is not true of this one's.
    """
    found: dict[str, Candidate] = {}
    for candidate in known:
        other = found.get(candidate.provider)
        if other is None:
            found[candidate.provider] = candidate
            continue
        pair = [candidate, other] if _is_nearer(candidate, other) else [other, candidate]
        added = {name: data for name, data in pair[1].fields.items() if _is_of_work(plugin, name)}
        found[candidate.provider] = replace(pair[0], fields={**added, **pair[0].fields})
    return list(found.values())


def _is_of_work(plugin: KindPlugin, name: str) -> bool:
    field = plugin.kind.by_name.get(name)
    return field is not None and field.level is not Level.EDITION


def _is_nearer(one: Candidate, two: Candidate) -> bool:
    return one.level is Level.EDITION and two.level is not Level.EDITION


def _root(candidate: Candidate) -> tuple[str, str]:
    """Where a record comes from in the end: one that is passed on is no second witness."""
    if candidate.record.startswith(_PASSED_ON):
        return ("wikidata", candidate.record.removeprefix(_PASSED_ON))
    if candidate.provider == "wikidata":
        return ("wikidata", candidate.record)
    return (candidate.provider, "")


def _raised(candidate: Candidate, others: Iterable[Candidate]) -> Candidate:
    """The candidate, surer by what independent others confirm: doubts multiply, as those of witnesses do."""
    doubt = prod(other.distance.total for other in others)
    penalties = {name: round(p * doubt, 4) for name, p in candidate.distance.penalties.items()}
    return replace(candidate, distance=Distance({name: p for name, p in penalties.items() if p}))


def _apart(subject: Subject, voices: Sequence[_Voice]) -> Finding:
    """Two providers, each sure, of different things."""
    reasons = ("providers_disagree", *voices[0].finding.match.reasons)
    return _review(subject, reasons, voices, [v.best for v in voices])


def _unsure(subject: Subject, local: Finding, voices: Sequence[_Voice]) -> Finding:
    """Nobody is sure: what there is to show goes to a person."""
    doubtful = [v for v in voices if v.verdict is not Verdict.NONE and v.finding.candidates]
    if not doubtful:
        return local
    contradicting = next((v for v in doubtful if _contradicts(v)), doubtful[0])
    offered = [c for v in doubtful for c in v.finding.candidates]
    return _review(subject, contradicting.finding.match.reasons, doubtful, offered)


def _review(
    subject: Subject, reasons: Sequence[str], voices: Sequence[_Voice], offered: Sequence[Candidate]
) -> Finding:
    each = list({c.record: c for c in reversed(offered)}.values())[::-1]
    shown = sorted(each, key=lambda c: c.distance.total)[:SHOWN]
    best = shown[0]
    match = Match(Verdict.REVIEW, tuple(dict.fromkeys(reasons)), best.level, best.record, best.distance.total)
    related = {record: brought for v in voices for record, brought in v.related.items()}
    return Finding(subject.item_id, match, tuple(shown), {c.record: related.get(c.record, ()) for c in shown})
