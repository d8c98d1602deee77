"""Interrupts: Ctrl-C once finishes the batch under way, twice stops at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from threading import Event
from types import FrameType
from typing import Any, Self

from completist.cli.failures import Interrupted


class Interrupts:
    """Within this context Ctrl-C is a request: calling the object tells whether there was one."""

    def __init__(self, *, tell: bool = True) -> None:
        self.asked = Event()  #: set when the person wants to stop
        self._tell = tell
        self._before: Any = None

    def __enter__(self) -> Self:
        """Take Ctrl-C over."""
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        """Give Ctrl-C back."""
        signal.signal(signal.SIGINT, self._before or signal.default_int_handler)

    def __call__(self) -> bool:
        """Whether the person wants to stop."""
        return self.asked.is_set()

    def settle(self) -> None:
        """Raise `Interrupted` when the person wants to stop."""
        if self():
            raise Interrupted

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self():
            raise KeyboardInterrupt
        self.asked.set()
        if self._tell:
            text = "\nStopping behind the batch under way; Ctrl-C again stops at once."
            print(text, file=sys.stderr, flush=True)  # noqa: T201 - said while the work goes on


class Shutdown:
    """Within this context SIGTERM and Ctrl-C end what would go on for ever; the second one ends it at once.

    ``asked`` is set by the first one, and ``hurry`` called.
    """

    def __init__(self, hurry: Callable[[], object] = lambda: None) -> None:
        self.asked = Event()
        self._hurry = hurry
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals over."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        """Give them back."""
        for number, before in self._before.items():
            signal.signal(number, before or signal.SIG_DFL)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked.is_set():
            raise KeyboardInterrupt
        self.asked.set()
        self._hurry()
