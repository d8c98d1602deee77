"""Recognising: which source reads a file, by the name of its format or by a look at its beginning."""

from __future__ import annotations

from pathlib import Path

from completist.domain.errors import BadInput
from completist.sdk import registry
from completist.sdk.files import head
from completist.sdk.registry import KindPlugin
from completist.sdk.source import Source


def recognise(path: Path, form: str | None = None) -> tuple[KindPlugin, Source]:
    """The source that reads a file, with its kind: the one called ``form``, else the first that does not refuse.

    Sources that read almost anything are asked when every kind's own have refused.

    Raises:
        BadInput: No source reads it; the message says which were tried and why each refused.
    """
    plugins = list(registry.plugins().values())
    known = [(plugin, source) for plugin in plugins for source in plugin.sources]
    known += [(plugin, source) for plugin in plugins for source in plugin.last_resorts]
    if form is not None:
        for plugin, source in known:
            if source.format == form:
                return plugin, source
        formats = ", ".join(source.format for _, source in known)
        raise BadInput(f"There is no format {form!r}.", hint=f"Formats: {formats}.")
    beginning = head(path)
    refusals = []
    for plugin, source in known:
        why = source.refuse(beginning)
        if why is None:
            return plugin, source
        refusals.append(f"  {source.format}: {why}")
    raise BadInput(
        "\n".join([f"{path.name} has none of the formats that Completist reads:", *refusals]),
        hint="Force one with --format, or export your list as CSV.",
        code="unknown_format",
    )
