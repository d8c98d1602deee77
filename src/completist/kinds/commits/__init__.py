"""Commits: what people write into git repositories, and the flashcards that come of it."""

from completist.kinds.commits.git.log import GitLog
from completist.kinds.commits.kind import COMMIT
from completist.kinds.commits.maker import GitCards
from completist.sdk.registry import KindPlugin

COMMITS = KindPlugin(kind=COMMIT, sources=(GitLog(),), makers=(GitCards(),))

__all__ = ["COMMIT", "COMMITS"]
