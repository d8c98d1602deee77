"""Metrics: the figures of a database as Prometheus text. Names of pipelines and providers, never of books.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from completist import __version__
from completist.store.figures import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(figures: Figures, uptime: float) -> bytes:
    """The figures as text. ``uptime`` is the age of this process in seconds."""
    registry = CollectorRegistry()
    registry.register(_Collector(figures, uptime))
    return generate_latest(registry)


@dataclass(frozen=True, eq=False)
class _Collector(Collector):
    figures: Figures
    uptime: float

    def describe(self) -> Iterable[Metric]:
        """Nothing: what there is, is known when it is collected."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        figures = self.figures
        info = GaugeMetricFamily("completist_info", "The version that answers.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield GaugeMetricFamily(
            "completist_uptime_seconds", "How long this process has been running.", self.uptime
        )
        yield self._queue()
        ages = {name: max(0.0, (figures.at - since) / 1000) for name, since in figures.oldest.items()}
        yield _gauge("completist_oldest_due_seconds", "For how long the oldest due run has been due.", ages)
        yield _gauge("completist_claims_open", "Claims that are not closed.", figures.claims)
        yield GaugeMetricFamily(
            "completist_claims_stuck",
            "Open claims whose lease is over and that nobody took back.",
            figures.stuck,
        )
        yield _gauge("completist_jobs_open", "Jobs that are being planned or worked on.", figures.jobs)
        yield from self._requests()
        yield from self._counters()

    def _requests(self) -> Iterator[Metric]:
        requests = GaugeMetricFamily(
            "completist_enrichment_requests", "Requests of the enrichment queue.", labels=["status"]
        )
        for status in ("pending", "processing"):
            requests.add_metric([status], self.figures.requests.get(status, 0))
        yield requests
        since = self.figures.oldest_request
        yield GaugeMetricFamily(
            "completist_oldest_enrichment_request_seconds",
            "For how long the oldest due request of the enrichment queue has been due.",
            0.0 if since is None else max(0.0, (self.figures.at - since) / 1000),
        )

    def _queue(self) -> Metric:
        queue = GaugeMetricFamily(
            "completist_runs", "Runs that are not settled.", labels=["pipeline", "state"]
        )
        states = {
            "ready": self.figures.ready,
            "waiting": self.figures.waiting,
            "claimed": self.figures.claimed,
        }
        for name in sorted({name for counts in states.values() for name in counts}):
            for state, counts in states.items():
                queue.add_metric([name, state], counts.get(name, 0))
        return queue

    def _counters(self) -> Iterator[Metric]:
        attempts = CounterMetricFamily(
            "completist_attempts", "Tries of runs.", labels=["pipeline", "provider", "outcome"]
        )
        stale = CounterMetricFamily(
            "completist_stale_completions",
            "Results refused because the claim no longer held the run.",
            labels=["pipeline"],
        )
        lookups = CounterMetricFamily(
            "completist_lookups",
            "Look-ups by ISBN, by where the answer came from.",
            labels=["source", "outcome"],
        )
        lost = 0
        for (name, pipeline, provider, outcome), n in sorted(self.figures.tallies.items()):
            if name == "attempts":
                attempts.add_metric([pipeline, provider, outcome], n)
            elif name == "stale_completions":
                stale.add_metric([pipeline], n)
            elif name == "lookups":
                lookups.add_metric([provider, outcome], n)
            elif name == "lost_runs":
                lost += n
        yield attempts
        yield stale
        yield lookups
        yield CounterMetricFamily(
            "completist_lost_runs", "Runs taken back because their worker's lease was over.", lost
        )


def _gauge(name: str, help_: str, by_pipeline: Mapping[str, float]) -> Metric:
    gauge = GaugeMetricFamily(name, help_, labels=["pipeline"])
    for pipeline, value in sorted(by_pipeline.items()):
        gauge.add_metric([pipeline], value)
    return gauge
