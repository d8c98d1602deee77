"""Runs, attempts and claims: the states of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands. The last five are results."""

    READY = "ready"  #: due: a worker may claim it
    WAITING = "waiting"  #: due at a named time: a provider rests, or a retry backs off
    CLAIMED = "claimed"  #: a worker holds it under a lease
    FILLED = "filled"  #: values were written, or nothing was missing
    EMPTY = "empty"  #: everyone was asked and nobody knew; has a date to ask again
    REVIEW = "review"  #: a proposal waits for a person
    FAILED = "failed"  #: it cannot be done; the reason is kept
    CANCELLED = "cancelled"  #: taken back, or overtaken by newer input


#: The states from which a run does not move by itself.
SETTLED = frozenset({RunState.FILLED, RunState.EMPTY, RunState.REVIEW, RunState.FAILED, RunState.CANCELLED})

#: Those in which the item counts as processed.
DONE = frozenset({RunState.FILLED, RunState.EMPTY, RunState.REVIEW})

#: A time that never comes, in milliseconds since the epoch: of runs on hold, and of empty ones not to ask again.
NEVER = 2**53


class Outcome(StrEnum):
    """What one try of a run at one provider came to. Only `NOT_FOUND` is remembered as a negative answer."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXHAUSTED = "quota_exhausted"
    BLOCKED = "blocked"
    INVALID_KEY = "invalid_key"
    TRANSIENT = "transient"
    BAD_RESPONSE = "bad_response"


#: The code of a run that is gone on with in the next turn: some of its providers have still to be asked.
UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Run:
    """One item x pipeline x version x input digest; done exactly once."""

    id: int
    item_id: int
    pipeline: str
    version: str
    input_digest: str
    state: RunState
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of a run. ``run_at`` says when a waiting or empty one is due again, in ms since the epoch.

    ``refund`` takes back that it was tried: the provider would not be asked, which is no fault of the run.
    """

    state: RunState
    code: str | None = None
    run_at: int | None = None
    refund: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's lease on a batch of runs. ``id`` is the fence: a completion without it writes nothing."""

    id: str
    pipeline: str
    version: str
    runs: tuple[Run, ...]
    lease_until: int  #: milliseconds since the epoch
