"""Parsing commits: what each wrote that may become cards, and the files in which that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
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
        blocks: list[Block] = []
        files: list[Touched] = []
        skipped: Counter[str] = Counter()
        for change in touched:
            reason = reason_of_file(change, self.rules.paths)
            if reason is not None:
                skipped[reason] += 1
                if change.status == "renamed":
                    files.append(Touched(change.path, change.before))
                continue
            try:
                found, file = self._file(commit.sha, change)
            except Unreadable:
                return Broken(commit.sha, "damaged")
            blocks += found
            files += [file] if file is not None else []
        blocks += message.parse(commit)
        left_out = None if blocks or files else _why_nothing(skipped)
        return Parsed(commit.sha, tuple(blocks), tuple(files), left_out, dict(skipped))

    def _file(self, sha: str, change: Change) -> tuple[list[Block], Touched | None]:
        if change.status == "deleted":
            return [], Touched(change.path, whole=True)
        language = language_of(change.path) or ""
        renamed = Touched(change.path, change.before) if change.before else None
        if language in _NOTES:
            text = self._text(sha, change.path)
            found = (
                latex.parse(change.path, text) if language == "latex" else markdown.parse(change.path, text)
            )
            written = change.written
            marked = [replace(each, touched=touches(written, each.line, each.end)) for each in found]
            return marked, Touched(change.path, change.before, whole=True)
        if language == "python":
            if not change.body or not python.may_define(change.body):
                return [], renamed
            text = self._text(sha, change.path)
            return python.parse(change.path, text, change.written), renamed or Touched(change.path)
        from completist.kinds.commits.parse import other_code  # noqa: PLC0415 - loads tree-sitter, which few commands need

        if not change.body or not other_code.may_define(change.body):
            return [], renamed
        written = change.written
        text = self._text(sha, change.path)
        return other_code.parse(change.path, text, language, written), renamed or Touched(change.path)

    def _text(self, sha: str, path: str) -> str:
        return self.reader.file(sha, path).decode("utf-8", "replace").replace("\r\n", "\n")


def _why_nothing(skipped: Counter[str]) -> str:
    return skipped.most_common(1)[0][0] if skipped else "nothing_to_learn"
