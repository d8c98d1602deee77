"""What a commit is: the fields, and which of them are wanted."""

from __future__ import annotations

from completist.domain.kind import Field, FieldType, Kind

T = FieldType

COMMIT = Kind(
    name="commit",
    plural="commits",
    title="subject",
    byline="repository",
    keys=(),  # the same commit in two repositories is two items: each makes cards of its own
    fields=(
        Field("subject", T.TEXT, "Subject"),
        Field("repository", T.TEXT, "Repository"),
        Field("repository_id", T.INTEGER, "Number of the repository"),
        Field("git", T.IDENTIFIER, "Commit"),
        Field("message", T.LONG_TEXT, "Message"),
        Field("author", T.TEXT, "Author"),
        Field("committed", T.DATE, "Committed"),
        Field("parents", T.INTEGER, "Parents"),
        Field("cards", T.INTEGER, "Cards", wanted=True),
        Field("blocks", T.INTEGER, "Blocks"),
        Field("left_out", T.TEXT, "Left out"),
    ),
)
