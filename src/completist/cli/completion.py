"""``completist completion``: the script that completes commands with the Tab key."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.session import Session


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist completion bash >> ~/.bashrc\n"
    "  completist completion zsh >> ~/.zshrc\n"
    "  completist completion fish > ~/.config/fish/completions/completist.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print the script for Tab completion."""
    session = ctx.ensure_object(Session)
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    script = made(ctx.find_root().command, {}, "completist", "_COMPLETIST_COMPLETE").source()
    if session.json:
        session.paper.document({"schema": 1, "shell": shell, "script": script})
    else:
        session.paper.write(script)
    return OK
