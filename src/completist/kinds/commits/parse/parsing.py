"""Parsing commits: what each wrote that may become cards, and the files in which that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from completist.kinds.commits.git.reading import MOST, Reader, Unreadable
from completist.kinds.commits.parse import latex, markdown, message, python
from completist.kinds.commits.parse.diff import Change, changes, touches
from completist.kinds.commits.parse.leaving_out import (
    HUGE,
    MANY,
    NOTES,
    language_of,
    reason_of,
    reason_of_file,
)
from completist.sdk.cards import Block, Broken, Commit, Parsed, Rules, Touched

_NOTES = frozenset(NOTES.values())


class Repository:
    """An open quarantine. What git cannot read fails alone."""

    def __init__(self, reader: Reader, rules: Rules, shallow: frozenset[str] = frozenset()) -> None:
        self.reader = reader
        self.rules = rules
        self.shallow = shallow  #: commits whose parents are not here: what they wrote cannot be told

    def parse(self, commits: Iterable[Commit]) -> Iterator[Parsed | Broken]:
        """One answer for each commit, in order."""
        asked = list(commits)
        reasons = [reason_of(each) for each in asked]
        readable = [
            each.sha
            for each, reason in zip(asked, reasons, strict=True)
            if reason is None and each.sha not in self.shallow
        ]
        diffs = self.reader.diffs(readable)
        for commit, reason in zip(asked, reasons, strict=True):
            if reason is not None:
                yield Parsed(commit.sha, left_out=reason)
            elif commit.sha in self.shallow:
                yield Broken(commit.sha, "shallow")
            else:
                _, diff = next(diffs)
                yield Broken(commit.sha, "damaged") if diff is None else self._one(commit, diff)

    def _one(self, commit: Commit, diff: bytes) -> Parsed | Broken:
        if len(diff) >= min(HUGE, MOST):
            return Parsed(commit.sha, left_out="huge")
        touched = changes(diff)
        if len(touched) > MANY:
            return Parsed(commit.sha, left_out="huge")
        files: list[Touched] = []
        wanted: list[Change] = []
        skipped: Counter[str] = Counter()
        for change in touched:
            reason = reason_of_file(change, self.rules.paths)
            if reason is not None:
                skipped[reason] += 1
            elif change.status == "deleted":
                files.append(Touched(change.path, whole=True))
                continue
            elif _is_read(change):
                wanted.append(change)
                continue
            if change.before:
                files.append(Touched(change.path, change.before))
        blocks: list[Block] = []
        try:
            for change, text in self._texts(commit.sha, wanted):
                found, whole = _in_file(change, text)
                blocks += found
                files.append(Touched(change.path, change.before, whole))
        except Unreadable:
            return Broken(commit.sha, "damaged")
        blocks += message.parse(commit)
        left_out = None if blocks or files else _why_nothing(skipped)
        return Parsed(commit.sha, tuple(blocks), tuple(files), left_out, dict(skipped))

    def _texts(self, sha: str, wanted: Sequence[Change]) -> list[tuple[Change, str]]:
        """Files as they stand in a commit: out of the diff where it holds them whole.

        Of a file that was only renamed git names no blob; it is asked for by its path.
        """
        here = {change.path: whole for change in wanted if (whole := change.whole) is not None}
        others = [change for change in wanted if change.path not in here]
        read = self.reader.files([each.blob or f"{sha}:{each.path}" for each in others]) if others else []
        for change, body in zip(others, read, strict=True):
            here[change.path] = body.decode("utf-8", "replace")
        return [(change, here[change.path].replace("\r\n", "\n")) for change in wanted]


def _is_read(change: Change) -> bool:
    """Whether a file may hold blocks that the commit wrote: told by its hunks alone."""
    language = language_of(change.path)
    if language in _NOTES:
        return True
    if not change.body:
        return False
    if language == "python":
        return python.may_define(change.body)
    return any(mark in change.body for mark in (b"//", b"*/"))


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
