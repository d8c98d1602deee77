"""Checks of the live sources: what keeps them from being asked, told without calling any of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from completist.app.explaining import CONTACT, When, result_of, state_of
from completist.app.sources import Source, State
from completist.domain.errors import ActionRequired, CompletistError
from completist.domain.run import Outcome
from completist.engine import checking
from completist.engine.checking import Check, Remedy
from completist.net.client import user_agent

if TYPE_CHECKING:
    from completist.app.opened import Opened

#: What a person has to do something about before it can go away.
_MENDED = frozenset({Outcome.INVALID_KEY, Outcome.BLOCKED})


def check_sources(opened: Opened, when: When, *, call: bool = False) -> list[Check]:
    """The contact, the file of keys, and each source that is not simply ready. With ``call``, one real call each."""
    keyring = opened.sources.keyring
    found = []
    if keyring.is_open_to_others():
        told = f"{keyring.path} can be read by others on this machine."
        found.append(Check("source keys", checking.State.WARN, told, f'chmod 600 "{keyring.path}"'))
    try:
        sources = opened.sources.all()
    except CompletistError as error:
        return [*found, Check("sources", checking.State.FAIL, error.message, error.hint)]
    return [
        *_contact(opened, sources),
        *found,
        *_unknown(opened, sources),
        _summary(sources),
        *(each for source in sources for each in _standing(source, when)),
        *(_tested(opened, name, when) for name in (opened.sources.testable() if call else ())),
    ]


def _contact(opened: Opened, sources: Sequence[Source]) -> list[Check]:
    if all(source.state in (State.OFFLINE, State.OFF, State.NEEDS_KEY) for source in sources):
        return []
    try:
        user_agent(opened.settings.contact)
    except CompletistError as error:
        return [Check("contact", checking.State.FAIL, error.message, CONTACT)]
    if opened.settings.contact:
        return [Check("contact", checking.State.OK, "sources are told how you can be reached")]
    told = "Sources are not told how you can be reached; Open Library soon turns such callers away (403)."
    return [Check("contact", checking.State.WARN, told, CONTACT)]


def _unknown(opened: Opened, sources: Sequence[Source]) -> list[Check]:
    """Names in the settings that are no source's."""
    names = [source.name for source in sources]
    said = [*opened.settings.providers, *sorted(opened.settings.without)]
    return [
        Check(
            "sources",
            checking.State.WARN,
            f"The setting providers names {name!r}, and there is no such source.",
            f"Sources: {', '.join(names)}",
        )
        for name in said
        if name not in names
    ]


def _summary(sources: Sequence[Source]) -> Check:
    asked = [s.label for s in sources if s.state not in (State.OFFLINE, State.OFF, State.NEEDS_KEY)]
    locked = [s.label for s in sources if s.state is State.NEEDS_KEY]
    told = f"asked in this order: {', '.join(asked)}" if asked else "none is asked"
    more = f"; without a key: {', '.join(locked)}" if locked else ""
    return Check("sources", checking.State.OK, told + more)


def _standing(source: Source, when: When) -> list[Check]:
    if source.state not in (State.PAUSED, State.BREAKER, State.RESTS, State.TRYING):
        return []
    told = state_of(source, when)
    state = checking.State.OK if source.state is State.RESTS else checking.State.WARN
    if state is checking.State.OK:
        return [Check("sources", state, f"{source.label}: {told.text}", told.fix)]
    remedy = Remedy.KEY if source.because is Outcome.INVALID_KEY else Remedy.ASK_AGAIN
    return [Check("sources", state, f"{source.label}: {told.text}", told.fix, remedy, source.name)]


def _tested(opened: Opened, name: str, when: When) -> Check:
    try:
        tested = opened.sources.test(name)
    except ActionRequired as error:
        return Check("source", checking.State.WARN, error.message, error.hint)
    told = result_of(tested, when)
    state = (
        checking.State.OK
        if tested.outcome is Outcome.FOUND
        else checking.State.FAIL
        if tested.outcome in _MENDED
        else checking.State.WARN
    )
    remedy = Remedy.KEY if tested.outcome is Outcome.INVALID_KEY else None
    return Check("source", state, f"{tested.label} {told.text}", told.fix, remedy, name if remedy else "")
