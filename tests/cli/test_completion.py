"""Tab completion, as the shells ask for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.cli.conftest import Call


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
        "COMP_WORDS": "completist ca",
        "COMP_CWORD": "1",
    }
    program = (
        "import sys; sys.argv[0] = 'completist'; from completist.__main__ import main; sys.exit(main([]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout.split() == ["plain,catalog"]
