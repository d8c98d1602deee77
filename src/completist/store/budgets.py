"""Budgets: what providers allow and what has been used of it, one row for each, shared by all processes.

The rules stand in `completist.domain.allowance`; here a row is read, changed and written in one short transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, case, select, update

from completist.domain.allowance import Allowance, Rest, Rule, Said, budget_of, resting
from completist.domain.breaker import Breaker, State
from completist.domain.budget import Budget, Quota, Rate, Usage, day, day_ends, left_today
from completist.domain.run import Outcome
from completist.store.bulk import statement
from completist.store.database import Database
from completist.store.ledger import budgets
from completist.store.zones import placed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider stands at one moment. Times are milliseconds since the epoch; None where nothing is to tell."""

    provider: str
    rate: Rate | None = None  #: in force; None before the first call, like the quota
    quota: int | None = None  #: calls a day
    left: int | None = None  #: of today's
    resets_at: int | None = None  #: when the quota's day ends
    rests_until: int | None = None  #: it asked for that
    rests_for: Outcome | None = None
    breaker: State = State.CLOSED  #: half open from the moment on at which a probe may be made
    breaker_until: int | None = None  #: while it is open
    opened_for: Outcome | None = None
    failures: int = 0  #: in a row
    paused_at: int | None = None  #: by a person
    called_at: int | None = None


def amend(database: Database, provider: str, declared: Budget, clock: Callable[[], int], rule: Rule[T]) -> T:
    """Change what is kept of a provider by a rule, while nobody else does; what the rule answers.

    Where the row was made by a program that declared other limits, ``declared`` counts from now on, and what the
    provider has said about them has to be said again.

    Raises:
        Busy: Others have kept the row for too long; nothing was changed.
        Unavailable: The database does not answer; nothing was changed.
    """
    with database.write() as connection:
        row = _held(connection, provider)
        now = database.moment(
            connection, clock
        )  # not before the row is ours: others may have had it for a while
        before = _allowance(row, placed(declared, now))
        if _said_of(declared) != {name: row[name] for name in _said_of(declared)}:
            before = replace(before, said=Said())
        after, answer = rule(before, now)
        values = _said_of(declared) | _kept(after)
        if any(row[name] != value for name, value in values.items()):
            connection.execute(statement(_WRITE), {"provider": provider, **values})
    return answer


def standings(connection: Connection, now: int) -> list[Standing]:
    """How every provider stands that was ever called or paused, by name."""
    rows = connection.execute(select(budgets).order_by(budgets.c.provider)).mappings()
    return [_standing(row, now) for row in rows]


def pause(connection: Connection, provider: str, now: int) -> bool:
    """Let nobody call a provider until it is resumed; False when it was paused before."""
    _held(connection, provider)
    still = update(budgets).where(budgets.c.provider == provider, budgets.c.paused_at.is_(None))
    return connection.execute(still.values(paused_at=now)).rowcount > 0


def resume(connection: Connection, provider: str, now: int) -> bool:
    """Let a provider be called again, and if its breaker is open, be tried at once; False when neither was so.

    A rest that the provider asked for is kept to.
    """
    opened = budgets.c.breaker == State.OPEN.value
    stopped = update(budgets).where(
        budgets.c.provider == provider, budgets.c.paused_at.is_not(None) | (opened & (budgets.c.until > now))
    )
    values = {"paused_at": None, "until": case((opened, now), else_=budgets.c.until)}
    return connection.execute(stopped.values(values)).rowcount > 0


def _held(connection: Connection, provider: str) -> RowMapping:
    """The provider's row, which is nobody else's until the transaction ends; it is made if there is none."""
    chosen = statement(_HOLD if connection.dialect.name == "postgresql" else _READ)
    row = connection.execute(chosen, {"provider": provider}).mappings().first()
    if row is None:
        connection.execute(statement(_MAKE), {"provider": provider, **_EMPTY})
        row = connection.execute(chosen, {"provider": provider}).mappings().one()
    return row


def _standing(row: RowMapping, now: int) -> Standing:
    known = row["interval_ms"] is not None
    declared = Budget(Rate(row["interval_ms"] or 1, row["burst"] or 1), _quota(row))
    allowance = _allowance(row, placed(declared, now))
    budget, breaker = budget_of(allowance, now), allowance.breaker
    quota = budget.quota
    rests, opened = resting(allowance, now) > 0, breaker.state is State.OPEN and breaker.until > now
    closed = breaker.state is State.CLOSED
    return Standing(
        row["provider"],
        rate=budget.rate if known else None,
        quota=None if quota is None else quota.calls,
        left=None if quota is None else left_today(quota, allowance.usage, now),
        resets_at=None if quota is None else day_ends(quota, day(quota, now)),
        rests_until=allowance.rest.until if rests else None,
        rests_for=allowance.rest.outcome if rests else None,
        breaker=State.CLOSED if closed else State.OPEN if opened else State.HALF_OPEN,
        breaker_until=breaker.until if opened else None,
        opened_for=None if closed else breaker.opened_for,
        failures=breaker.failures,
        paused_at=allowance.paused_at,
        called_at=allowance.called_at,
    )


def _quota(row: RowMapping) -> Quota | None:
    return None if row["quota"] is None else Quota(row["quota"], row["offset_ms"], row["zone"])


def _allowance(row: RowMapping, declared: Budget) -> Allowance:
    said = None if row["said_interval_ms"] is None else Rate(row["said_interval_ms"], row["said_burst"])
    return Allowance(
        declared,
        Said(said, row["said_quota"], row["said_at"]),
        Usage(row["tat"], row["day"], row["spent"]),
        Rest(row["rests_until"], Outcome(row["rests_for"]), row["rests_unsaid"]),
        Breaker(
            State(row["breaker"]),
            row["failures"],
            row["opened"],
            Outcome(row["opened_for"]),
            row["until"],
            row["probe"],
            row["key_digest"],
        ),
        row["paused_at"],
        row["called_at"],
    )


def _said_of(declared: Budget) -> dict[str, Any]:
    """The columns of what the program declares."""
    quota = declared.quota
    return {
        "interval_ms": declared.rate.interval_ms,
        "burst": declared.rate.burst,
        "quota": None if quota is None else quota.calls,
        "offset_ms": 0 if quota is None else quota.offset_ms,
        "zone": "" if quota is None else quota.zone,
    }


def _kept(allowance: Allowance) -> dict[str, Any]:
    """The columns of everything else."""
    said, usage, rest, breaker = allowance.said, allowance.usage, allowance.rest, allowance.breaker
    return {
        "said_interval_ms": None if said.rate is None else said.rate.interval_ms,
        "said_burst": None if said.rate is None else said.rate.burst,
        "said_quota": said.quota,
        "said_at": said.at,
        "tat": usage.tat,
        "day": usage.day,
        "spent": usage.spent,
        "rests_until": rest.until,
        "rests_for": rest.outcome.value,
        "rests_unsaid": rest.unsaid,
        "breaker": breaker.state.value,
        "failures": breaker.failures,
        "opened": breaker.opened,
        "opened_for": breaker.opened_for.value,
        "until": breaker.until,
        "probe": breaker.probe,
        "key_digest": breaker.key,
        "paused_at": allowance.paused_at,
        "called_at": allowance.called_at,
    }


_ALL = tuple(column.name for column in budgets.columns if not column.primary_key)

#: Of a provider that nobody has called.
_EMPTY = {"offset_ms": 0, "zone": "", **_kept(Allowance(Budget(Rate(1))))}

#: As texts: each call takes two of them, and they cost less than half of what expressions do.
_READ = "SELECT * FROM budgets WHERE provider = :provider"
_HOLD = f"{_READ} FOR UPDATE"
_WRITE = f"UPDATE budgets SET {', '.join(f'{name} = :{name}' for name in _ALL)} WHERE provider = :provider"  # noqa: S608 - columns of ours
_MAKE = (
    f"INSERT INTO budgets (provider, {', '.join(_EMPTY)}) VALUES (:provider, :{', :'.join(_EMPTY)})"  # noqa: S608 - columns of ours
    " ON CONFLICT DO NOTHING"
)
