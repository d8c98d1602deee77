"""Tab completion, as the shells ask for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.cli.conftest import Call

from completist.cli.verbs import completist as command


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_command(completist: Call, shell: str) -> None:
    told = completist("completion", shell)
    assert told.code == 0
    assert "_COMPLETIST_COMPLETE" in told.out
    assert completist("completion", shell, "--json").json["script"] == told.out


def test_another_shell_is_a_usage_error(completist: Call) -> None:
    assert completist("completion", "tcsh").code == 2


def test_the_command_answers_a_shell() -> None:
    environment = {
        **os.environ,
        "_COMPLETIST_COMPLETE": "bash_complete",
        "COMP_WORDS": "completist cat",
        "COMP_CWORD": "1",
    }
    program = (
        "import sys; sys.argv[0] = 'completist'; from completist.__main__ import main; sys.exit(main([]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout.split() == ["plain,catalog"]


@pytest.mark.parametrize(
    ("verb", "begun", "offered"),
    [
        ("export", "g", ["goodreads-csv"]),
        ("import", "librarything-", ["librarything-json", "librarything-tsv"]),
    ],
)
def test_formats_are_completed(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    begun: str,
    offered: list[str],
) -> None:
    monkeypatch.setenv("_COMPLETIST_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"completist {verb} --format {begun}")
    monkeypatch.setenv("COMP_CWORD", "3")
    with pytest.raises(SystemExit):
        command.main(prog_name="completist")
    assert [line.partition(",")[2] for line in capsys.readouterr().out.split()] == offered
