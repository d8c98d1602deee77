"""The session: what the options that every command takes come to, however often and wherever they stand."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from completist import __version__

if TYPE_CHECKING:
    from completist.app import App
    from completist.cli.paper import Paper


@dataclass
class Session:
    """One invocation of the command."""

    data: Path | None = None  #: the data folder, when it was named
    json: bool = False
    no_progress: bool = False
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    resume: str = ""  #: the command that goes on after an interruption

    @cached_property
    def paper(self) -> Paper:
        """Where the answer is written."""
        from completist.cli.paper import Paper

        return Paper(self)

    def open(self) -> App:
        """The library in the data folder; a context manager."""
        from completist.app import App
        from completist.settings import load_settings

        self.log("info" if self.verbose else "error" if self.quiet else "warning", as_json=self.json)
        return App(load_settings(self.data))

    def log(self, level: str, *, as_json: bool) -> None:
        """Send what is logged to standard error; what is less than ``level`` says nothing."""
        from completist.observability.logs import configure

        configure(as_json=as_json, level=level)

    def command(self, *words: str) -> str:
        """A command that works on the same library, to be copied by the person."""
        where = () if self.data is None else ("--data", str(self.data))
        return shlex.join(("completist", *where, *words))

    def located(self, hint: str) -> str:
        """A hint that begins with a command, with the command working on the same library."""
        if self.data is None or not hint.startswith("completist ") or " --data " in hint:
            return hint
        return f"{self.command()} {hint.removeprefix('completist ')}"


def _merge(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if option.name and ctx.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
        setattr(ctx.ensure_object(Session), option.name, value)


class _Folder(click.Path):
    """A folder that has a name: an unset variable in a script must not mean the current one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder."""
        if value == "":
            self.fail("it is empty; name a folder.", param, ctx)
        return super().convert(value, param, ctx)


def _version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"completist {__version__}")
        ctx.exit()


def options() -> list[click.Parameter]:
    """The options that every command takes, before the verb and behind it."""
    folder = _Folder(path_type=Path, file_okay=False)
    colours = click.Choice(["auto", "always", "never"])

    def merged(*names: str, help: str, **more: Any) -> click.Option:  # noqa: A002 - click's own names
        return click.Option(names, callback=_merge, expose_value=False, help=help, **more)

    return [
        merged("--data", type=folder, metavar="DIR", help="The library's folder (or COMPLETIST_DATA)."),
        merged("--json", is_flag=True, help="One JSON document instead of text."),
        merged("--no-progress", is_flag=True, help="No progress bar and no progress lines."),
        merged("--color", type=colours, help="Colours: auto (on a terminal), always, never."),
        merged("--quiet", "-q", is_flag=True, help="Only results and errors."),
        merged("--verbose", "-v", is_flag=True, help="Say more; show where an unexpected error arose."),
        click.Option(
            ("--version",),
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Print the version.",
        ),
    ]
