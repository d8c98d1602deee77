"""One invocation from arguments to exit code: options anywhere, errors in one form, nothing loaded in vain."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Call, run_process

from completist.app import App
from completist.cli.running import run
from completist.cli.verbs import VERBS
from completist.domain.errors import ActionRequired, Busy, CompletistError, Conflict, Permanent, Retryable

ALL = [verb for verbs in VERBS.values() for verb in verbs]
_LOADED = (
    "import sys; from completist.__main__ import main; main(['--help']);"
    "print([m for m in ('sqlalchemy', 'fastapi', 'rich', 'completist.app') if m in sys.modules])"
)


def test_help_loads_neither_the_database_nor_the_web() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_shows_every_verb_and_examples(completist: Call) -> None:
    told = completist("--help")
    assert told.code == 0
    assert [verb for verb in ALL if f"\n  {verb} " not in told.out] == []
    assert "Examples:" in told.out


@pytest.mark.parametrize("verb", ALL)
def test_every_verb_explains_itself_without_loading_the_database(verb: str) -> None:
    program = f"import sys; from completist.__main__ import main; code = main(['{verb}', '--help']); "
    program += "sys.exit(code or ('sqlalchemy' in sys.modules) * 9)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--data" in done.stdout


_PRESSED = """
import os, signal, sys

class Pressing:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Pressing())
from completist.__main__ import main
sys.exit(main(["status"]))
"""


@pytest.mark.parametrize("module", ["completist.cli.running", "click", "completist.cli.verbs"])
def test_ctrl_c_while_the_command_loads_shows_no_traceback(module: str) -> None:
    program = _PRESSED.format(module=module)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "completist: Interrupted.\n"


def test_version_stands_anywhere(completist: Call) -> None:
    assert completist("--version").out == completist("gaps", "--version").out


def test_without_a_verb_it_tells_the_status(completist: Call) -> None:
    assert "is empty" in completist().out
    assert completist("--json").json["total"] == 0


def test_common_options_count_before_and_behind_the_verb(
    tmp_path: Path, completist: Call, export: Path
) -> None:
    other = tmp_path / "other"
    assert completist("--data", str(other), "--json", "import", str(export)).json["added"] == 6
    assert completist("import", str(export), "--json", "--data", str(other)).json["unchanged"] == 6
    assert completist("--json", "import", str(export), "--data", str(tmp_path / "third")).json["added"] == 6
    assert completist("catalog", "--json", "info").json["works"] == 8
    assert (other / "library.db").is_file()


def test_an_unknown_verb_is_answered_with_the_nearest(completist: Call) -> None:
    told = completist("exprot")
    assert (told.code, told.out) == (2, "")
    assert "export" in told.err


@pytest.mark.parametrize(
    "arguments", [["exprot"], ["fill", "--limit", "none"], ["show"], ["set", "1"], ["gaps", "--colour"]]
)
def test_usage_errors_obey_json(completist: Call, arguments: list[str]) -> None:
    told = completist(*arguments, "--json")
    assert (told.code, told.out) == (2, "")
    assert told.error["code"] == "usage"
    assert told.error["message"]
    assert told.error["retryable"] is False


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CompletistError("x"), 1),
        (Conflict("x"), 1),
        (Permanent("x"), 1),
        (ActionRequired("x"), 4),
        (Retryable("x", after=3), 5),
        (Busy("x"), 7),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    completist: Call, monkeypatch: pytest.MonkeyPatch, error: CompletistError, code: int
) -> None:
    def fail(_: App) -> None:
        raise error

    monkeypatch.setattr(App, "status", fail)
    assert completist("status").code == code
    told = completist("status", "--json")
    assert told.error == {"code": error.code, "message": "x", "hint": "", "retryable": error.retryable}


def test_an_unforeseen_error_is_one_line_and_a_traceback_only_when_asked(
    completist: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: App) -> None:
        raise ZeroDivisionError("by nothing\nsecond line")

    monkeypatch.setattr(App, "status", fail)
    told = completist("status")
    assert told.code == 1
    assert "ZeroDivisionError: by nothing\n" in told.err
    assert "Traceback" not in told.err
    assert "second line" not in told.err
    assert "Traceback" in completist("status", "-v").err
    assert completist("status", "--json").error["code"] == "unexpected"


def test_a_reader_that_has_had_enough_is_no_error(data: Path, export: Path) -> None:
    rows = "".join(f'{n},"Book {n}",Somebody,,,0,,read\n' for n in range(3000))
    header = export.read_text("utf-8").splitlines()[0]
    export.write_text(f"{header}\n{rows}")
    assert run_process(data, "import", str(export)).returncode == 0
    command = f"{sys.executable} -m completist export --data {data} | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id"] == 1


def test_a_damaged_database_is_one_line(data: Path) -> None:
    (data / "library.db").write_bytes(b"this is no database, whatever its name says" * 100)
    done = run_process(data, "status")
    assert done.returncode in (1, 4)
    assert "Traceback" not in done.stderr
    assert "not a database" in done.stderr


def test_output_is_utf8_whatever_the_locale_says(data: Path, export: Path) -> None:
    run_process(data, "import", str(export))
    done = subprocess.run(
        [sys.executable, "-m", "completist", "--data", str(data), "export", "--format", "csv"],
        capture_output=True,
        env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert "Charlotte Brontë" in done.stdout.decode("utf-8")


def test_running_leaves_the_exit_code_to_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert run(["nothing-like-this"]) == 2
    capsys.readouterr()


def test_a_hint_works_on_the_library_that_was_named(completist: Call, tmp_path: Path) -> None:
    told = completist("--data", str(tmp_path / "new"), "fill", "--json")
    assert told.code == 4
    assert told.error["hint"] == f"completist --data {tmp_path / 'new'} catalog load FILE"


def test_an_empty_data_folder_is_not_the_current_one(
    completist: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert completist("--data", "", "status").code == 2
    assert set(tmp_path.iterdir()) == before
