"""What takes long to find is found behind the one who asks, who is told what was found before."""

from __future__ import annotations

from threading import Event

import pytest

from completist.app import remembering
from completist.app.remembering import Memory


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(remembering, "monotonic", made)
    return made


def test_what_is_found_in_no_time_is_as_new_as_the_marks_and_never_older_than_a_second(clock: Clock) -> None:
    memory, found = Memory(), iter(range(10))
    assert memory.read_soon("due", (1,), lambda: next(found)) == 0
    assert memory.read_soon("due", (1,), lambda: next(found)) == 0
    assert memory.read_soon("due", (2,), lambda: next(found)) == 1
    clock.now += remembering.SOON
    assert memory.read_soon("due", (2,), lambda: next(found)) == 2


def test_what_takes_long_is_told_as_it_was_and_found_anew_behind(clock: Clock) -> None:
    memory, begun, let_go = Memory(), Event(), Event()

    def slow() -> str:
        clock.now += 0.2
        return "before"

    def again() -> str:
        begun.set()
        assert let_go.wait(20)
        clock.now += 0.2
        return "after"

    assert memory.read_soon("due", (1,), slow) == "before"
    assert memory.read_soon("due", (2,), again) == "before"
    assert not begun.is_set()  # it is not old enough to be worth it
    clock.now += 0.2 * remembering.WORTH
    assert memory.read_soon("due", (2,), again) == "before"
    assert begun.wait(20)
    assert memory.read_soon("due", (3,), again) == "before"
    assert memory.being_found == {"due"}
    let_go.set()
    deadline = Event()
    while memory.being_found:
        deadline.wait(0.001)
    assert memory.read_soon("due", (2,), slow) == "after"


def test_what_is_forgotten_is_found_at_once(clock: Clock) -> None:
    memory = Memory()

    def slow() -> str:
        clock.now += 0.2
        return "before"

    assert memory.read_soon("due", (1,), slow) == "before"
    memory.forget()
    assert memory.read_soon("due", (1,), lambda: "after") == "after"
