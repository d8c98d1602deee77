"""Parsing commits: what each wrote that may become cards, and the files in which that changed.

Git says the diffs of later commits, and looks files up, while one is parsed. Most files are through after a look at
their names, and most of Python's after one at their hunks.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from completist.kinds.commits.git.files import Unreadable
from completist.kinds.commits.git.reading import MOST, Reader
from completist.kinds.commits.parse import glimpse, latex, markdown, message, python
from completist.kinds.commits.parse.diff import Change, change_of, parts, plain_path, touches
from completist.kinds.commits.parse.leaving_out import (
    HUGE,
    MANY,
    NOTES,
    language_of,
    reason_of,
    reason_of_file,
    reason_of_path,
)
from completist.sdk.cards import Block, Broken, Commit, Parsed, Rules, Touched

_NOTES = frozenset(NOTES.values())

#: Commits that wait for the files that they were asked for, and bytes of their diffs.
WAITING, HEAVY = 32, 4 << 20


@dataclass(slots=True)
class _Opened:
    """A commit whose diff was looked at. ``asked`` are the changes whose files git was asked for."""

    commit: Commit
    answer: Parsed | Broken | None = None  #: what there is to say without any file
    files: list[Touched] = field(default_factory=list)
    found: list[tuple[Change, list[Block] | str | None]] = field(
        default_factory=list
    )  #: blocks, a text, or asked for
    asked: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    weight: int = 0


class Repository:
    """An open quarantine. What git cannot read fails alone."""

    def __init__(self, reader: Reader, rules: Rules, shallow: frozenset[str] = frozenset()) -> None:
        self.reader = reader
        self.rules = rules
        self.shallow = shallow  #: commits whose parents are not here: what they wrote cannot be told

    def parse(self, commits: Iterable[Commit]) -> Iterator[Parsed | Broken]:
        """One answer for each commit, in order."""
        waiting: deque[_Opened] = deque()
        weight = 0
        for opened in self._opened(list(commits)):
            waiting.append(opened)
            weight += opened.weight
            while waiting and (waiting[0].asked == 0 or len(waiting) > WAITING or weight > HEAVY):
                weight -= waiting[0].weight
                yield self._closed(waiting.popleft())
        while waiting:
            yield self._closed(waiting.popleft())

    def _opened(self, commits: Sequence[Commit]) -> Iterator[_Opened]:
        reasons = [reason_of(each) for each in commits]
        readable = [
            each.sha
            for each, reason in zip(commits, reasons, strict=True)
            if reason is None and each.sha not in self.shallow
        ]
        diffs = self.reader.diffs(readable)
        for commit, reason in zip(commits, reasons, strict=True):
            if reason is not None:
                yield _Opened(commit, Parsed(commit.sha, left_out=reason))
            elif commit.sha in self.shallow:
                yield _Opened(commit, Broken(commit.sha, "shallow"))
            else:
                _, diff = next(diffs)
                damaged = Broken(commit.sha, "damaged")
                yield _Opened(commit, damaged) if diff is None else self._open(commit, diff)

    def _open(self, commit: Commit, diff: bytes) -> _Opened:
        """Look at a diff, and ask for the files that have to be read."""
        said = parts(diff)
        if len(diff) >= min(HUGE, MOST) or len(said) > MANY:
            return _Opened(commit, Parsed(commit.sha, left_out="huge"))
        opened = _Opened(commit, weight=len(diff))
        names: list[str] = []
        for part in said:
            path = plain_path(part)
            reason = None if path is None else reason_of_path(path, self.rules.paths)
            if reason is not None:
                opened.skipped[reason] += 1
                continue
            change = change_of(part)
            if change is not None and self._is_read(change, opened):
                known = _known(change)
                opened.found.append((change, known))
                if known is None:
                    names.append(change.blob or f"{commit.sha}:{change.path}")
        if names:
            try:
                self.reader.files.ask(names)
            except Unreadable:
                return _Opened(commit, Broken(commit.sha, "damaged"))
            opened.asked = len(names)
        return opened

    def _is_read(self, change: Change, opened: _Opened) -> bool:
        """Whether a file may hold blocks that the commit wrote. What else there is to say of it is noted."""
        reason = reason_of_path(change.path, self.rules.paths) or reason_of_file(change)
        if reason is not None:
            opened.skipped[reason] += 1
        elif change.status == "deleted":
            opened.files.append(Touched(change.path, whole=True))
            return False
        elif _may_hold(change):
            return True
        if change.before:
            opened.files.append(Touched(change.path, change.before))
        return False

    def _closed(self, opened: _Opened) -> Parsed | Broken:
        """Read what was asked for, and parse it."""
        if opened.answer is not None:
            return opened.answer
        sha = opened.commit.sha
        try:
            bodies = iter(self.reader.files.answer(opened.asked))
        except Unreadable:
            return Broken(sha, "damaged")
        blocks: list[Block] = []
        for change, known in opened.found:
            if isinstance(known, list):
                blocks += known
                opened.files.append(Touched(change.path, change.before))
                continue
            text = next(bodies).decode("utf-8", "replace") if known is None else known
            found, whole = _in_file(change, text.replace("\r\n", "\n"))
            blocks += found
            opened.files.append(Touched(change.path, change.before, whole))
        blocks += message.parse(opened.commit)
        left_out = None if blocks or opened.files else _why_nothing(opened.skipped)
        return Parsed(sha, tuple(blocks), tuple(opened.files), left_out, dict(opened.skipped))


def _may_hold(change: Change) -> bool:
    """Whether a file may hold blocks that the commit wrote: told by its hunks alone."""
    language = language_of(change.path)
    if language in _NOTES:
        return True
    if not change.body:
        return False
    if language == "python":
        return python.may_define(change.body)
    return any(mark in change.body for mark in (b"//", b"*/"))


def _known(change: Change) -> list[Block] | str | None:
    """The blocks of a file where its hunks tell them, or its text where they hold it; None when it has to be read.

    Of a file that was only renamed git names no blob; it is asked for by its path.
    """
    whole = change.whole
    if whole is None and language_of(change.path) == "python":
        try:
            return glimpse.parse(change)
        except glimpse.Unclear:
            return None
    return whole


def _in_file(change: Change, text: str) -> tuple[list[Block], bool]:
    """The blocks of a file, and whether that is all of them."""
    language = language_of(change.path) or ""
    if language == "python":
        return python.parse(change.path, text, change.written), False
    if language not in _NOTES:
        from completist.kinds.commits.parse import other_code  # noqa: PLC0415 - loads tree-sitter, which few commands need

        return other_code.parse(change.path, text, language, change.written), False
    found = latex.parse(change.path, text) if language == "latex" else markdown.parse(change.path, text)
    written = change.written
    return [replace(each, touched=touches(written, each.line, each.end)) for each in found], True


def _why_nothing(skipped: Counter[str]) -> str:
    return skipped.most_common(1)[0][0] if skipped else "nothing_to_learn"
