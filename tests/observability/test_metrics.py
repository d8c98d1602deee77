"""Metrics: what is due, who works on it, and what came of it; counts alone."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from tests.support.sites import Site

from completist.domain.run import Outcome
from completist.engine.judging import Reported
from completist.observability.metrics import exposition

#: How a sample is named: its metric, then its labels in order of their names.
Sample = tuple[str, ...]


def _samples(site: Site) -> dict[Sample, float]:
    text = exposition(site.app.observing.figures(), 1.5).decode()
    assert "Book" not in text
    assert "Author" not in text
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_queue_is_counted_by_pipeline_and_state(site: Site) -> None:
    site.stock(site.app, 5)
    desk = site.app.ledger.outside("key:1")
    claim = desk.take("hardcover", 3).claim
    assert claim is not None
    a, b = claim.runs[:2]
    desk.complete(
        claim.id,
        [Reported(a.id, Outcome.NOT_FOUND), Reported(b.id, Outcome.RATE_LIMITED, retry_after=60)],
        keep=True,
    )
    site.app.ledger.create_job("hardcover", {"ids": [5]})
    site.at += 5000
    told = _samples(site)
    assert told["completist_runs", "hardcover", "ready"] == 2
    assert told["completist_runs", "hardcover", "waiting"] == 1
    assert told["completist_runs", "hardcover", "claimed"] == 1
    assert 5 <= told["completist_oldest_due_seconds", "hardcover"] < 6
    assert told["completist_claims_open", "hardcover"] == 1
    assert told["completist_claims_stuck",] == 0
    assert told["completist_jobs_open", "hardcover"] == 1
    assert told["completist_attempts_total", "not_found", "hardcover", "hardcover"] == 1
    assert told["completist_attempts_total", "rate_limited", "hardcover", "hardcover"] == 1
    assert told["completist_uptime_seconds",] == 1.5


def test_lost_workers_and_refused_results_are_counted(site: Site) -> None:
    site.stock(site.app, 2)
    client = site.client()
    taken = client.post("/api/v1/claims", json={"pipeline": "hardcover", "lease_seconds": 60}).json()
    site.at += 61_000
    assert len(client.post("/api/v1/claims", json={"pipeline": "hardcover"}).json()["runs"]) == 2
    late = {"results": [{"run": run["run"], "outcome": "not_found"} for run in taken["runs"]]}
    assert client.post(f"/api/v1/claims/{taken['claim']}/complete", json=late).status_code == 409
    told = _samples(site)
    assert told["completist_lost_runs_total",] == 2
    assert told["completist_stale_completions_total", "hardcover"] == 2


def test_libraries_are_counted_together_over_http(site: Site) -> None:
    keys = [site.account(name) for name in ("anna", "bruno")]
    for name in ("anna", "bruno"):
        site.bring(site.library(name), {"Title": f"Book of {name}"}, name=f"{name}.csv")
    answer = site.client(keys[0]).get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'completist_runs{pipeline="hardcover",state="ready"} 2.0' in answer.text
    assert "anna" not in answer.text
