"""Errors, typed by what the person or the program that meets them can do next."""

from __future__ import annotations

from collections.abc import Mapping


class CompletistError(Exception):
    """Anything that Completist reports by itself.

    ``code`` is stable (scripts depend on it), ``hint`` says what to do next,
    ``retryable`` says whether the same call may succeed later. ``details`` are for whoever wants to know more: by
    what each is about.
    """

    code = "error"
    retryable = False

    def __init__(
        self, message: str, *, hint: str = "", code: str = "", details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = dict(details or {})
        if code:
            self.code = code


class BadInput(CompletistError):
    """What was handed in cannot be used; nothing was written."""

    code = "bad_input"


class Unfit(BadInput):
    """Fields that cannot be used; nothing was written. ``faults`` are their names, each with the reason."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {reason}." for name, reason in faults.items()))
        self.faults = dict(faults)


class NotFound(CompletistError):
    """The thing asked for does not exist here."""

    code = "not_found"


class Conflict(CompletistError):
    """The state has moved on since the caller looked; nothing was written."""

    code = "conflict"


class Stale(Conflict):
    """Results for runs that the claim does not hold any more; nothing was written. ``runs`` names them."""

    code = "stale_results"

    def __init__(self, message: str, runs: list[int], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.runs = runs


class ActionRequired(CompletistError):
    """A person has to do something first: give a key, load a catalogue, confirm."""

    code = "action_required"


class Busy(CompletistError):
    """Another process holds what this call needs."""

    code = "busy"
    retryable = True


class Unavailable(CompletistError):
    """The database does not answer at present; what was under way did not happen."""

    code = "unavailable"
    retryable = True


class Retryable(CompletistError):
    """It may work later; ``after`` is the time to wait, in seconds.

    ``resting`` says that nobody answers there at all at present: it is no fault of what was asked, however often.
    """

    code = "temporary"
    retryable = True

    def __init__(
        self, message: str, *, after: float = 0.0, hint: str = "", code: str = "", resting: bool = False
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.after = after
        self.resting = resting


class Permanent(CompletistError):
    """It will never work with this input; trying again is pointless."""

    code = "permanent"
