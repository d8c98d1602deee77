"""Which pipelines are worked off beside one another, and who has the floor at a provider."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from tests.support.wines import WineFinder

from completist.domain.pipeline import Pipeline
from completist.engine import turns
from completist.engine.inquiry.floors import Floors
from completist.sdk import registry
from completist.sdk.finder import Finder, NoFinder
from completist.sdk.registry import KindPlugin


@pytest.fixture
def two() -> list[tuple[KindPlugin, Finder]]:
    """Two pipelines."""
    plugin = next(iter(registry.plugins().values()))
    names = ("facts", "people")
    return [(plugin, NoFinder(Pipeline(name, plugin.kind.name, "1", (), ()))) for name in names]


def test_what_one_pipeline_brings_in_late_another_still_works_off(
    two: list[tuple[KindPlugin, Finder]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN", 0.0)
    brought, worked_off = Event(), Event()

    def drain(plugin: KindPlugin, finder: Finder) -> None:
        del plugin
        if finder.pipeline.name == "facts" and not brought.is_set():
            brought.set()
            assert worked_off.wait(20), "the other pipeline goes on while this one is busy"
        elif finder.pipeline.name == "people" and brought.is_set():
            worked_off.set()

    turns.in_turn(two, lambda _pipeline: True, drain)
    assert worked_off.is_set()


def test_what_nobody_is_called_for_goes_first_and_in_order(two: list[tuple[KindPlugin, Finder]]) -> None:
    seen: list[str] = []
    local = (two[0][0], WineFinder())
    turns.in_turn(
        [*two, local], lambda name: name == "people", lambda _, finder: seen.append(finder.pipeline.name)
    )
    assert seen == ["facts", local[1].pipeline.name, "people"]


def test_one_has_the_floor_at_a_provider_and_others_elsewhere() -> None:
    floors, entered, leave = Floors(), Event(), Event()

    def speak() -> None:
        with floors.taken("atlas", lambda: False) as granted:
            assert granted
            entered.set()
            assert leave.wait(20)

    speaker = Thread(target=speak)
    speaker.start()
    assert entered.wait(20)
    with floors.taken("atlas", lambda: True) as granted:
        assert not granted, "its turn was over before the floor was free"
    with floors.taken("globe", lambda: True) as granted:
        assert granted
    leave.set()
    speaker.join()
    with floors.taken("atlas", lambda: True) as granted:
        assert granted
