"""Paper: alignment, bars, and what must never reach a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.cli.paper import Column, Ink, Paper, Tone, bar, visible
from completist.cli.session import Session


def text(cell: object) -> str:
    assert isinstance(cell, tuple)
    return "".join(part.text for part in cell)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(2, 40))
def test_a_bar_is_never_full_or_empty_by_rounding(one: int, other: int, width: int) -> None:
    filled, total = min(one, other), max(one, other)
    drawn = text(bar(filled, total, width))
    assert len(drawn) == width
    assert ("▓" in drawn) == (filled > 0)
    assert ("░" in drawn) == (filled < total or total == 0)


@given(st.text())
def test_what_is_shown_is_one_line_without_control_characters(anything: str) -> None:
    shown = visible(anything)
    assert "\x1b" not in shown
    assert "\n" not in shown
    assert len(shown) == len(anything)


def test_a_table_is_aligned_by_what_the_eye_sees(capsys: pytest.CaptureFixture[str]) -> None:
    paper = Paper(Session())
    paper.table(
        (Column("title"), Column("n", right=True)),
        [("三体", "1"), (Ink("Emma", Tone.FILLED), "1,000"), ("Cafe\u0301", "20")],
        indent=0,
    )
    assert capsys.readouterr().out.splitlines() == [
        "title      n",
        "三体       1",
        "Emma   1,000",
        "Cafe\u0301      20",
    ]


def test_colours_can_be_asked_for_through_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    Paper(Session(color="always")).line(Ink("gap", Tone.GAP))
    assert "\x1b[" in capsys.readouterr().out
    Paper(Session()).line(Ink("gap", Tone.GAP))
    assert capsys.readouterr().out == "gap\n"


def test_json_and_quiet_keep_messages_back(capsys: pytest.CaptureFixture[str]) -> None:
    Paper(Session(json=True)).line("for people")
    Paper(Session(json=True)).say("for people")
    Paper(Session(quiet=True)).say("for people")
    assert capsys.readouterr() == ("", "")
