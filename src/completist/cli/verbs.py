"""The verbs: every command by name, its module loaded only when it is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from completist.cli.commands import VerbGroup
from completist.cli.session import Session

#: By heading: each verb with the place of its command and what it does, in the order of `--help`.
VERBS: dict[str, dict[str, tuple[str, str]]] = {
    "Complete a library": {
        "import": ("importing:import_", "Bring lists of what you own into the library."),
        "fill": ("filling:fill", "Close the gaps that can be closed."),
        "review": ("reviewing:review", "Decide what was uncertain."),
        "export": ("exporting:export", "Write the library out again."),
    },
    "Look": {
        "status": ("status:status", "The library at a glance (also without any verb)."),
        "gaps": ("gaps:gaps", "What is missing: counts, or the items that lack a field."),
        "show": ("showing:show", "An item or several, and where each value comes from."),
        "find": ("finding:find", "Tracks by words, and by what they feel like."),
    },
    "Change by hand": {
        "covers": ("covers:covers", "Covers: list, choose, upload, remove, backfill, refresh."),
        "set": ("editing:set_", "Type values; what you type is never overwritten."),
        "lock": ("editing:lock", "Keep fields as they are."),
        "unlock": ("editing:unlock", "Let fields be filled again."),
        "undo": ("editing:undo", "Take back the last deed, a change, a run or an import."),
    },
    "Let it work": {
        "serve": ("serving:serve", "Web pages, the HTTP API and a worker, until you stop it."),
        "worker": ("serving:worker", "Another worker, for a library on PostgreSQL."),
        "work": ("serving:work", "Work off once what is due, and end."),
        "pull": ("pulling:pull", "Be a worker outside: claim gaps over HTTP and fill them."),
        "jobs": ("jobs:jobs", "Requests: list, show, watch, cancel, retry, create."),
        "rerun": ("rerunning:rerun", "Do again what is out of date."),
        "freshness": ("rerunning:freshness", "What is missing, fresh or out of date in each pipeline."),
        "pipelines": ("pipelines:pipelines", "What there is to run, and what waits there."),
        "populate": ("pipelines:populate", "Queue what a pipeline has not seen."),
        "pause": ("pipelines:pause", "Hand out nothing of a pipeline, or of any."),
        "resume": ("pipelines:resume", "Go on."),
        "sources": ("sources:sources", "Live sources: list, test, pause, resume, key."),
        "sync": ("syncing:sync", "Follow what has changed at Open Library."),
        "schedules": ("schedules:schedules", "Jobs that come round by themselves."),
    },
    "Learn from what you write": {
        "repo": ("flashcards.repo:repo", "Git repositories that cards are made of: add, list, sync, remove."),
        "commits": ("flashcards.commits:commits", "Commits: list, status, process."),
        "cards": ("flashcards.cards:cards", "Flashcards: list, review, export, push."),
    },
    "Look after it": {
        "catalog": ("catalogue:catalog", "The offline catalogue: load, lookup, search, info."),
        "index": ("indexing:index", "Search by meaning: state, verify, reconcile, rebuild, model."),
        "answers": ("answers:answers", "What live sources have said: count, prune."),
        "accounts": ("accounts:accounts", "Who may use the server: list, add, login."),
        "keys": ("accounts:keys", "Keys of programs: list, create, revoke."),
        "migrate": ("moving:migrate", "Move the library to PostgreSQL."),
        "simulator": ("simulator:simulator", "The live providers on this machine, for trying things out."),
        "doctor": ("doctor:doctor", "Check that everything is in order, and how to mend it."),
        "completion": ("completion:completion", "Tab completion for bash, zsh or fish."),
    },
}


class Completist(VerbGroup):
    """The command itself: looks its verbs up in `VERBS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the headings."""
        del ctx
        return [name for verbs in VERBS.values() for name in verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command behind a verb."""
        del ctx
        for verbs in VERBS.values():
            if cmd_name in verbs:
                module, _, name = verbs[cmd_name][0].partition(":")
                command: click.Command = getattr(import_module(f"completist.cli.{module}"), name)
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that was asked for; an unknown one is answered with the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(
                error.command_name, possibilities=self.list_commands(ctx), ctx=ctx
            ) from None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of every command in full: this is the place where they are explained."""
        click.Group.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs under their headings, without loading any of them."""
        del ctx
        width = max(len(name) for verbs in VERBS.values() for name in verbs)
        for heading, verbs in VERBS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, (_, text) in verbs.items()])


@click.group(
    cls=Completist,
    name="completist",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n"
    "  completist import goodreads_library_export.csv\n"
    "  completist fill\n"
    "  completist review\n"
    "  completist export --format goodreads-csv --out completed.csv",
)
@click.pass_context
def completist(ctx: click.Context) -> int | None:
    """Complete your library: import a list, fill its gaps, decide what is uncertain, take it out again."""
    ctx.ensure_object(Session)
    if ctx.invoked_subcommand is not None:
        return None
    status = Completist.get_command(completist, ctx, "status")
    code: int = ctx.invoke(status) if status else 0
    return code
