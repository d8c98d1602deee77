"""Commands: what every command of the product has in common, its options and its page of help."""

from __future__ import annotations

import click

from completist.cli.session import options

_EVERYWHERE = [option for option in options() if isinstance(option, click.Option)]


class _Everywhere(click.Command):
    """A command that takes the options of every command beside its own."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its own parameters, then those of every command."""
        own = super().get_params(ctx)
        return [*own[:-1], *_EVERYWHERE, own[-1]] if own and own[-1].name == "help" else [*own, *_EVERYWHERE]


class Verb(_Everywhere):
    """A command of the product."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options in full; those of every command in one line."""
        _format_own(self, ctx, formatter)


class VerbGroup(_Everywhere, click.Group):
    """A command with verbs of its own."""

    command_class = Verb

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options that every command takes in one line, then its verbs."""
        _format_own(self, ctx, formatter)
        self.format_commands(ctx, formatter)


def _format_own(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    own = [param.get_help_record(ctx) for param in command.params if isinstance(param, click.Option)]
    if rows := [record for record in own if record is not None]:
        with formatter.section("Options"):
            formatter.write_dl(rows)
    names = ", ".join(option.opts[0] for option in _EVERYWHERE)
    formatter.write_paragraph()
    formatter.write_text(f"Also {names}: see completist --help.")
