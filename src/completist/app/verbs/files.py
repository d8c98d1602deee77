"""Files: lists that go in, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from completist.app.verbs.looking import Looking
from completist.domain.errors import NotFound
from completist.engine import (
    appraising,
    exporting,
    importing,
    recognising,
    restoring,
)
from completist.engine.importing import ImportReport
from completist.sdk import registry
from completist.sdk.files import head


class Files(Looking):
    """The verbs of import and export."""

    def import_file(
        self,
        path: Path,
        form: str | None = None,
        *,
        dry_run: bool = False,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> ImportReport:
        """Bring the entries of a file into the library. Raises BadInput when the file cannot be trusted."""
        own = form == restoring.FORMAT or (form is None and restoring.is_own(head(path)))
        plugin, source = (None, None) if own else recognising.recognise(path, form)
        if not dry_run:
            appraising.adopt(self.database, self.library_id, self.voices)
        if plugin is None or source is None:
            return restoring.restore_file(
                self.database,
                self.library_id,
                path,
                clock=self.now,
                voices=self.voices,
                progress=progress,
                stop=stop,
                dry_run=dry_run,
            )
        return importing.import_file(
            self.database,
            self.library_id,
            plugin,
            source,
            path,
            clock=self.now,
            voices=self.voices,
            progress=progress,
            stop=stop,
            dry_run=dry_run,
        )

    def import_formats(self) -> dict[str, str]:
        """What `import_file` reads: labels for people by format."""
        own = {restoring.FORMAT: restoring.LABEL}
        return {s.format: s.label for plugin in registry.plugins().values() for s in plugin.readers} | own

    def export_formats(self) -> tuple[str, ...]:
        """What `export` writes."""
        layouts = [writer.layout.name for plugin in registry.plugins().values() for writer in plugin.writers]
        return ("jsonl", "csv", *layouts)

    def export(self, form: str, kind: str | None = None) -> Iterator[str]:
        """The library as text, line by line, in bounded memory.

        Raises:
            NotFound: There is no such format.
        """
        if form == "jsonl":
            return exporting.json_lines(self.database, self.items(kind))
        if form == "csv":
            kinds = [registry.plugin(kind)] if kind else list(registry.plugins().values())
            return exporting.csv_lines([plugin.kind for plugin in kinds], self.items(kind))
        for plugin in registry.plugins().values():
            for writer in plugin.writers:
                if writer.layout.name == form:
                    return exporting.layout_lines(writer, self.items(writer.layout.kind))
        raise NotFound(
            f"There is no export format {form!r}.", hint=f"Formats: {', '.join(self.export_formats())}."
        )
