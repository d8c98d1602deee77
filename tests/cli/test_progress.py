"""Progress: said now and then where nobody can watch a bar, and not at all where nobody wants it."""

from __future__ import annotations

import pytest

from completist.cli.progress import Bar, Lines, Silence, progress, told
from completist.cli.session import Session


def test_a_line_every_ten_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("completist.cli.progress.time.monotonic", lambda: now[0])
    with Lines("Filling") as tell:
        for second in range(25):
            now[0] = 100.0 + second
            tell(second, 50, "x filled")
    assert capsys.readouterr().err.splitlines() == [
        "Filling: 10 of 50 (20%) x filled",
        "Filling: 20 of 50 (40%) x filled",
    ]


def test_an_unknown_total_shows_no_share() -> None:
    assert told("Loading", 1200, 0, "") == "Loading: 1,200"


@pytest.mark.parametrize("session", [Session(json=True), Session(quiet=True), Session(no_progress=True)])
def test_nobody_is_told_who_does_not_want_to_be(session: Session) -> None:
    assert isinstance(progress(session, "Filling"), Silence)


def test_without_a_terminal_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(progress(Session(), "Filling"), Lines)
    capsys.readouterr()


def test_the_end_of_what_took_long_is_told_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("completist.cli.progress.time.monotonic", lambda: now[0])
    with Lines("Loading") as tell:
        for second in (5, 11, 12, 13):
            now[0] = 100.0 + second
            tell(min(second, 12), 12, "indexing" if second >= 12 else "")
    assert capsys.readouterr().err.splitlines() == [
        "Loading: 11 of 12 (91%)",
        "Loading: 12 of 12 (100%) indexing",
    ]


def test_a_wait_is_told_at_once_and_then_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("completist.cli.progress.time.monotonic", lambda: now[0])
    with Lines("Pulling") as tell:
        for second in (1, 3, 7, 12):
            now[0] = 100.0 + second
            tell(0, 0, "asking")
            tell.wait(f"nobody answers, {second}")
        tell(5, 9)
        tell.wait("nobody answers again")
    assert capsys.readouterr().err.splitlines() == [
        "Pulling: nobody answers, 1",
        "Pulling: nobody answers, 12",
        "Pulling: nobody answers again",
    ]


def test_a_bar_says_what_it_waits_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Bar(Session(), "Pulling") as tell:
        tell.wait("the server does not answer")
    assert "the server does not answer" in capsys.readouterr().err
