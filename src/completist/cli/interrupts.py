"""Interrupts: Ctrl-C once finishes the batch under way, twice stops at once."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any, Self

from completist.cli.failures import Interrupted


class Interrupts:
    """Within this context Ctrl-C is a request: calling the object tells whether there was one."""

    def __init__(self, *, tell: bool = True) -> None:
        self._asked = False
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
        return self._asked

    def settle(self) -> None:
        """Raise `Interrupted` when the person wants to stop."""
        if self._asked:
            raise Interrupted

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        if self._tell:
            text = "\nStopping behind the batch under way; Ctrl-C again stops at once."
            print(text, file=sys.stderr, flush=True)  # noqa: T201 - said while the work goes on
