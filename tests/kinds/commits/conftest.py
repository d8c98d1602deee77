"""Repositories to read, and a quarantine to read them in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.repositories import Repo

from completist.kinds.commits.maker import GitCards
from completist.sdk.cards import Broken, Commit, Parsed, Rules


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """The folder below which repositories may be read."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    return folder


@pytest.fixture
def repo(allowed: Path) -> Repo:
    """A repository without any commit."""
    return Repo(allowed / "notes")


@pytest.fixture
def rules(allowed: Path) -> Rules:
    """That folder, and nothing elsewhere."""
    return Rules(roots=(allowed,))


@pytest.fixture
def read(tmp_path: Path, rules: Rules) -> Callable[[Repo], list[Parsed | Broken]]:
    """All commits of a repository, read through the quarantine, oldest first."""
    place, log, maker = tmp_path / "q" / "1.git", tmp_path / "log", GitCards()

    def parsed(repo: Repo) -> list[Parsed | Broken]:
        maker.take_in(str(repo.path), place, rules)
        maker.write_log(place, log, (1, "notes"), rules)
        told = [json.loads(line) for line in log.read_text("utf-8").splitlines()[1:]]
        commits = [Commit(c["git"][0], c["subject"], c["message"], c["parents"]) for c in told]
        with maker.history(place, rules) as history:
            return list(history.parse(commits))

    return parsed
