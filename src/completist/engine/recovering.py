"""Recovering: what workers held that are gone becomes free again."""

from __future__ import annotations

from completist.engine.claimers import is_gone
from completist.store import claims, tallies
from completist.store.database import Connection


def recover(connection: Connection, now: int, who: str) -> int:
    """Take back what workers held that are gone, on this machine or beyond their lease; how many runs."""
    dead = [claim_id for claim_id, claimer in claims.open_claims(connection) if is_gone(claimer)]
    lost = claims.expire_claims(connection, now, dead)
    if lost:
        tallies.add_tallies(connection, {("lost_runs", "", "", ""): lost}, who)
    return lost
