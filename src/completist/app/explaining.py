"""Explaining: how a source stands, and what a test call came to, in words and with what a person can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from completist.app.sources import Source, State, Trial
from completist.domain.allowance import Why
from completist.domain.run import Outcome
from completist.sdk.provider import UNSENT

#: A time in milliseconds as its reader likes it.
When: TypeAlias = Callable[[int], str]

CONTACT = 'COMPLETIST_CONTACT=you@example.org, or contact = "you@example.org" in completist.toml'

_NEWER = "If that goes on, its API may have changed: look for a newer Completist."

_BECAUSE = {
    Outcome.RATE_LIMITED: "it asks for a rest",
    Outcome.QUOTA_EXHAUSTED: "it has given all that it gives in a day",
    Outcome.BLOCKED: "it turns us away",
    Outcome.INVALID_KEY: "it does not accept the key",
    Outcome.TRANSIENT: "it could not be reached",
    Outcome.BAD_RESPONSE: "its answers could not be read",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is the case, and what mends it; nothing where nothing has to be."""

    text: str
    fix: str = ""


def state_of(source: Source, when: When) -> Told:
    """How a source stands."""
    until = when(source.until) if source.until is not None else "later"
    because = _BECAUSE.get(source.because, "") if source.because else ""
    match source.state:
        case State.OFFLINE:
            return Told("not asked: the settings say to stay offline", "COMPLETIST_OFFLINE=no")
        case State.OFF:
            return Told("turned off by you", f"take -{source.name} out of the setting providers")
        case State.NEEDS_KEY:
            return Told(
                f"needs a key: {source.key.where if source.key else ''}",
                f"completist sources key {source.name}",
            )
        case State.PAUSED:
            return Told("paused by you", f"completist sources resume {source.name}")
        case State.BREAKER:
            return Told(f"left alone until {until}: {because}", _mending(source))
        case State.RESTS:
            return Told(f"rests until {until}: {because}")
        case State.TRYING:
            return Told(f"the next call finds out whether it is well again: {because}", _mending(source))
        case State.READY:
            return Told("ready")


def _mending(source: Source) -> str:
    match source.because:
        case Outcome.INVALID_KEY:
            return f"completist sources key {source.name}"
        case Outcome.BLOCKED:
            return f"{CONTACT}; then completist sources test {source.name}"
        case _:
            return f"completist sources resume {source.name}  (tries it at once)"


def result_of(tested: Trial, when: When) -> Told:
    """What a test call came to."""
    until = "" if tested.until is None else f" until {when(tested.until)}"
    if tested.code in UNSENT:
        return _uncalled(tested, until)
    said = "" if tested.status is None else f" (status {tested.status})"
    match tested.outcome:
        case Outcome.FOUND:
            return Told(f"answered in {tested.seconds:.1f} s")
        case Outcome.NOT_FOUND:
            return Told("answered, but does not know a record that it should", _NEWER)
        case Outcome.RATE_LIMITED:
            return Told(f"asks for a rest{until}{said}: too many calls, perhaps by others with the same key")
        case Outcome.QUOTA_EXHAUSTED:
            return Told(f"has given all that it gives in a day{said}; it is left alone{until}")
        case Outcome.INVALID_KEY:
            return Told(f"does not accept the key{said}{_other_plan(tested)}", _key(tested))
        case Outcome.BLOCKED:
            return _blocked(tested, said)
        case Outcome.TRANSIENT:
            return _silent(tested, said)
        case _:
            return _not_understood(tested, said)


def _uncalled(tested: Trial, until: str) -> Told:
    """Why our own gate did not let the call pass."""
    resume = f"completist sources resume {tested.name}"
    because = _BECAUSE.get(tested.outcome, "it is in trouble")
    match tested.code:
        case Why.PAUSED:
            return Told("is paused by you, and was not called", resume)
        case Why.BREAKER:
            return Told(
                f"was not called: it is left alone{until}, for {because}",
                f"{resume}  (lets it be tried at once)",
            )
        case _:
            return Told(f"was not called: it is left alone{until}, for {because}")


def _other_plan(tested: Trial) -> str:
    return ": it is wrong, has ended, or is of another plan" if tested.plans else ": it is wrong or has ended"


def _key(tested: Trial) -> str:
    plan = f" --plan {'|'.join(tested.plans)}" if tested.plans else ""
    return f"completist sources key {tested.name}{plan}"


def _blocked(tested: Trial, said: str) -> Told:
    if tested.plans:
        return Told(f"turns us away{said}: the key is wrong, or one of another plan", _key(tested))
    if not tested.contact:
        return Told(
            f"turns us away{said}: it wants to know how the operator of a program can be reached", CONTACT
        )
    return Told(
        f"turns us away{said}, though it is told who calls: it may have shut out this address",
        "Wait some hours, or ask it why.",
    )


def _silent(tested: Trial, said: str) -> Told:
    match tested.code:
        case "timeout":
            return Told("did not answer in time", "Try again later; nothing is lost.")
        case "no_connection":
            return Told(
                "could not be reached",
                "Is this machine online? A proxy is not used; names must resolve here.",
            )
        case _:
            return Told(
                f"has trouble of its own{said or f' ({tested.code})'}", "Try again later; nothing is lost."
            )


def _not_understood(tested: Trial, said: str) -> Told:
    if tested.code == "http_400":
        return Told(
            f"did not understand the question{said}",
            f"A key with a typing error may be the reason. {_NEWER}",
        )
    return Told(
        f"answered something that could not be understood{said or f' ({tested.code})'}",
        _NEWER,
    )
