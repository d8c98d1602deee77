"""Review at a terminal, in a real one: keys decide, every decision is written at once and can be undone."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Call, run_process

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


#: Runs what follows with an ear for Ctrl-C: whoever is started in the background may have been told to ignore it.
_HEEDING = [
    sys.executable,
    "-c",
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])",
]


class Terminal:
    """A terminal with the review in it."""

    def __init__(self, data: Path, columns: int = 80, lines: int = 40) -> None:
        self.data = data
        self.raw = ""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        # The first to open it in a new session has it as its own terminal, from which Ctrl-C comes.
        opened = ["sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(slave)]
        self.process = subprocess.Popen(
            [*opened, *_HEEDING, sys.executable, "-m", "completist", "--data", str(data), "review"],
            env={**environment, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        self.read_some()
        os.close(slave)

    def read_some(self) -> bool:
        """Take what has come; False when there is nobody left to write."""
        if select.select([self.master], [], [], 1)[0]:
            try:
                self.raw += os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:
                return False
        return True

    def read_until(self, *texts: str) -> str:
        """The screen once all of ``texts`` have appeared."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            screen = self.screen
            if all(text in screen for text in texts):
                return screen
            if not self.read_some():
                break
        pytest.fail(f"{texts} did not appear:\n{self.screen}")

    @property
    def screen(self) -> str:
        """What stands on the screen since it was last cleared, colours off."""
        return _CONTROL.sub("", self.raw.rpartition("\x1b[2J")[2])

    def press(self, key: str, *until: str) -> str:
        """The screen that follows a key, once all of ``until`` stand on it."""
        self.raw = ""
        os.write(self.master, key.encode())
        return self.read_until(*until)

    def leave(self) -> int:
        self.press("q", "waiting.")
        while self.process.poll() is None:
            self.read_some()
        return self.process.wait(timeout=10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(filled: Call, data: Path) -> Iterator[Terminal]:
    sitting = Terminal(data)
    yield sitting
    sitting.close()


def match(data: Path, item: int) -> tuple[str, str | None]:
    found = json.loads(run_process(data, "show", str(item), "--json").stdout)["match"]
    return found["verdict"], found["record"]


def test_the_screen_shows_yours_beside_the_candidates(terminal: Terminal) -> None:
    screen = terminal.read_until("Q quit")
    assert "3 proposals left" in screen
    assert "the ISBN belongs to a book with another title or author" in screen
    assert re.search(r"yours +1 +\d+% +OL3W +2 +\d+% +OL2M", screen)
    assert re.search(r"Authors\s+Mary Shelley\s+= Mary Shelley\s+≠ Jane Austen", screen)
    assert re.search(r"Open Library work\s+\[ missing \]\s+\+ OL3W", screen)
    assert "fills 3 gaps" in screen
    assert re.search(r"your Title and\s+Authors stay as they are", screen)
    for key in ("A accept 1", "2 accept 2", "R reject", "S skip", "J/K", "E type", "U undo", "? help"):
        assert key in screen


def test_accept_second_candidate_reject_and_quit(terminal: Terminal) -> None:
    terminal.read_until("Frankenstein")
    terminal.press("a", "2 proposals left", "values written. U takes it back.")
    assert match(terminal.data, 3) == ("auto", "OL3W")
    terminal.press("2", "1 proposal left")
    assert match(terminal.data, 4) == ("auto", "OL4M")
    terminal.press("r", "Everything is decided")
    assert match(terminal.data, 5)[0] == "none"
    terminal.press("x", "2 accepted, 1 rejected. 0 proposals still waiting.")
    assert terminal.process.wait(timeout=10) == 0


def test_undo_takes_back_decisions_one_after_the_other(terminal: Terminal) -> None:
    terminal.read_until("Frankenstein")
    terminal.press("a", "2 proposals left")
    terminal.press("r", "1 proposal left")
    terminal.press("u", "2 proposals left")
    assert match(terminal.data, 4)[0] == "review"
    terminal.press("u", "3 proposals left", "Frankenstein")
    assert match(terminal.data, 3)[0] == "review"
    terminal.press("u", "Nothing to undo")
    assert terminal.leave() == 0
    fields = json.loads(run_process(terminal.data, "show", "3", "--json").stdout)["fields"]
    assert "first_published" not in fields


def test_undo_works_after_the_last_decision_too(terminal: Terminal) -> None:
    terminal.read_until("Frankenstein")
    terminal.press("a", "2 proposals left")
    terminal.press("a", "1 proposal left")
    terminal.press("a", "Everything is decided")
    terminal.press("u", "1 proposal left", "Silas Marner")
    assert terminal.leave() == 0
    assert match(terminal.data, 5)[0] == "review"


def test_going_forth_and_back_decides_nothing(terminal: Terminal) -> None:
    terminal.read_until("Frankenstein")
    terminal.press("j", "The Time Machine")
    terminal.press("s", "Silas Marner")
    terminal.press("j", "This is the last one")
    terminal.press("k", "The Time Machine")
    terminal.press("\x1b[A", "Frankenstein")
    terminal.press("k", "This is the first one")
    terminal.press("?", "never offered again")
    terminal.press(" ", "3 proposals left")
    terminal.press("9", "There is no candidate 9")
    terminal.press("z", "That key does nothing here")
    assert terminal.leave() == 0
    assert match(terminal.data, 3)[0] == "review"


def test_a_typed_value_is_locked_and_can_be_undone(terminal: Terminal) -> None:
    terminal.read_until("Frankenstein")
    terminal.press("e", "field=value")
    terminal.press("pages=280\n", "pages is yours now")
    fields = json.loads(run_process(terminal.data, "show", "3", "--json").stdout)["fields"]
    assert (fields["pages"]["value"], fields["pages"]["origin"], fields["pages"]["locked"]) == (
        280,
        "user",
        True,
    )
    terminal.press("e", "field=value")
    terminal.press("pages=many\n", "whole number")
    terminal.press("u", "what you typed is gone")
    fields = json.loads(run_process(terminal.data, "show", "3", "--json").stdout)["fields"]
    assert "pages" not in fields


def test_ctrl_c_leaves_with_130_and_keeps_what_was_decided(terminal: Terminal) -> None:
    terminal.read_until("Frankenstein")
    terminal.press("a", "2 proposals left")
    terminal.press("\x03", "Interrupted. Go on with: completist --data")
    assert terminal.process.wait(timeout=10) == 130
    assert match(terminal.data, 3) == ("auto", "OL3W")


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_a_narrow_or_wide_screen_holds_it(filled: Call, data: Path, columns: int) -> None:
    sitting = Terminal(data, columns=columns, lines=24)
    try:
        screen = sitting.read_until("quit")
        assert max(len(line) for line in screen.splitlines()) <= columns
        assert "OL3W" in screen
        assert sitting.leave() == 0
    finally:
        sitting.close()
