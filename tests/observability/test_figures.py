"""What a doctor looks at: leases that nobody took back, and queues that nobody takes from."""

from __future__ import annotations

from tests.support.sites import Site

MINUTE = 60_000


def test_a_lease_that_nobody_took_back_is_stuck(site: Site) -> None:
    site.stock(site.app, 2)
    claim = site.app.ledger.outside("key:7").take("hardcover", 1).claim
    assert claim is not None
    assert site.app.observing.stuck_leases() == []
    site.at += 32 * MINUTE
    (stuck,) = site.app.observing.stuck_leases()
    assert (stuck.claim, stuck.pipeline, stuck.claimer) == (claim.id, "hardcover", "key:7")
    assert site.app.observing.figures().stuck == 1


def test_a_queue_from_which_nobody_takes_is_silent(site: Site) -> None:
    site.stock(site.app, 2)
    observing, ledger = site.app.observing, site.app.ledger
    assert observing.silent_queues(60) == []
    site.at += 61 * MINUTE
    silent = {each.pipeline: each for each in observing.silent_queues(60)}
    assert (silent["hardcover"].ready, silent["hardcover"].claimed_at) == (2, None)
    ledger.outside("key:7").take("hardcover", 1)
    assert "hardcover" not in {each.pipeline for each in observing.silent_queues(60)}
    site.at += 61 * MINUTE
    assert "hardcover" in {each.pipeline for each in observing.silent_queues(60)}
    ledger.pause("hardcover")
    assert "hardcover" not in {each.pipeline for each in observing.silent_queues(60)}
