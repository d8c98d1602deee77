"""What a person can type, set or get back is explained somewhere: the lists are taken from the code itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from completist.cli import failures
from completist.cli.verbs import completist
from completist.domain.run import RunState
from completist.sdk import registry
from completist.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```.*?\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
EXIT_CODES = ("OK", "ERROR", "USAGE", "PARTLY", "ACTION", "TEMPORARY", "NOT_FOUND", "BUSY", "INTERRUPTED")


@pytest.fixture(scope="module")
def pages() -> str:
    """README and everything in docs, as one text."""
    return "\n".join(page.read_text("utf-8") for page in PAGES)


@pytest.fixture(scope="module")
def quoted(pages: str) -> str:
    """What stands in backquotes or in blocks of code on these pages, one piece a line."""
    return "\n".join([*BLOCK.findall(pages), *CODE.findall(BLOCK.sub("", pages))])


def _commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(_commands(completist))
#: Every setting under its own name; ``without`` is what ``providers`` names with a minus.
SETTINGS = [field.name for field in fields(Settings) if field.name != "without"]
OPTIONS = {
    option
    for command in [completist, *COMMANDS.values()]
    for param in command.get_params(click.Context(command))
    if isinstance(param, click.Option) and not param.hidden
    for option in [*param.opts, *param.secondary_opts]
    if option.startswith("--")
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str, quoted: str) -> None:
    assert re.search(rf"(^|completist ){re.escape(command)}\b", quoted, flags=re.MULTILINE)


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_every_option_is_documented(option: str, quoted: str) -> None:
    assert re.search(rf"{re.escape(option)}\b", quoted)


@pytest.mark.parametrize(
    "name", ["OK", "ERROR", "USAGE", "PARTLY", "ACTION", "TEMPORARY", "NOT_FOUND", "BUSY", "INTERRUPTED"]
)
def test_every_exit_code_is_documented(name: str, pages: str) -> None:
    table = pages.partition("## Exit codes")[2].partition("\n## ")[0]
    assert re.search(rf"^\| {getattr(failures, name)} \|", table, flags=re.MULTILINE)


def test_no_exit_code_is_left_out_of_these_tests() -> None:
    codes = {name for name, value in vars(failures).items() if name.isupper() and type(value) is int}
    assert codes == {
        "OK",
        "ERROR",
        "USAGE",
        "PARTLY",
        "ACTION",
        "TEMPORARY",
        "NOT_FOUND",
        "BUSY",
        "INTERRUPTED",
    }


def test_every_environment_variable_is_documented(quoted: str) -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r'"(COMPLETIST_[A-Z]+)"', source))
    named |= {f"COMPLETIST_{name.upper()}" for name in SETTINGS}
    named |= {
        plan.secret for plugin in registry.plugins().values() for plan in plugin.adapters if plan.secret
    }
    assert {name for name in named if name not in quoted} == set()


@pytest.mark.parametrize("setting", [name for name in SETTINGS if name != "data"])
def test_every_setting_of_the_file_is_documented(setting: str, quoted: str) -> None:
    assert re.search(rf"^{setting} = ", quoted, flags=re.MULTILINE)


def test_every_format_is_documented(quoted: str) -> None:
    plugins = registry.plugins().values()
    formats = {source.format for plugin in plugins for source in plugin.sources}
    layouts = {writer.layout.name for plugin in plugins for writer in plugin.writers}
    assert {name for name in formats | layouts if name not in quoted} == set()


def test_every_state_of_a_run_is_documented(pages: str) -> None:
    assert {state.value for state in RunState if state.value not in pages} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    local = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in local if not (page.parent / link).exists()] == []
