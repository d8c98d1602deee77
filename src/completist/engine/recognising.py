"""Recognising: which source reads a file, by the name of its format or by a look at its beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from completist.domain.errors import BadInput
from completist.engine import restoring
from completist.sdk import registry
from completist.sdk.files import head
from completist.sdk.registry import KindPlugin
from completist.sdk.source import Refusal, Source


def recognise(path: Path, form: str | None = None) -> tuple[KindPlugin, Source]:
    """The source that reads a file, with its kind: the one called ``form``, else the first that does not refuse.

    Sources that read almost anything are asked when every kind's own have refused.

    Raises:
        BadInput: No source reads it; the message says which is the nearest, the details why each refused.
    """
    plugins = list(registry.plugins().values())
    known = [(plugin, source) for plugin in plugins for source in plugin.sources]
    known += [(plugin, source) for plugin in plugins for source in plugin.last_resorts]
    if form is not None:
        for plugin, source in known:
            if source.format == form:
                return plugin, source
        formats = ", ".join([*(source.format for _, source in known), restoring.FORMAT])
        raise BadInput(f"There is no format {form!r}.", hint=f"Formats: {formats}.")
    beginning = head(path)
    refusals: dict[str, str] = {}
    for plugin, source in known:
        why = source.refuse(beginning)
        if why is None:
            return plugin, source
        refusals[source.format] = why
    raise BadInput(
        f"{path.name} is of no format that Completist reads{_nearest(known, refusals)}.",
        hint="Force one with --format, or export your list as CSV; -v says what each format lacks.",
        code="unknown_format",
        details=refusals,
    )


def _nearest(known: Sequence[tuple[KindPlugin, Source]], refusals: Mapping[str, str]) -> str:
    """The format of which most is there, and what is missing; nothing where nothing is."""

    def near(source: Source) -> float:
        why = refusals[source.format]
        return why.near if isinstance(why, Refusal) else 0.0

    best = max((source for _, source in known), key=near)
    if not near(best):
        return ""
    return f"; the nearest is {best.label}, {best.format}: {refusals[best.format]}"
