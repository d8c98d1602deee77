"""A kind that the project knows nothing of: one folder and one entry point, used through the real command."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support import wines
from tests.support.catalogues import write_dump
from tests.support.plugins import install


class Shell:
    """The command in a process of its own, with the kind installed on its Python path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "site" / "wines"
        package.mkdir(parents=True)
        shutil.copyfile(wines.__file__, package / "__init__.py")
        install(folder / "site", "wines:WINES")

    def run(self, *words: str, code: int = 0) -> str:
        """What a command says; it must end with ``code``."""
        told = {name: value for name, value in os.environ.items() if not name.startswith("COMPLETIST_")}
        done = subprocess.run(
            [sys.executable, "-m", "completist", "--data", str(self.folder / "data"), *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
            env={**told, "PYTHONPATH": str(self.folder / "site")},
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:  # noqa: ANN401 - as the command says
        """The same as data."""
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A fresh library beside an installed kind."""
    return Shell(tmp_path)


def test_a_kind_from_outside_goes_all_the_way_in_and_out(shell: Shell, tmp_path: Path) -> None:
    table = tmp_path / "cellar.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerows(
            [["cellar id", "name", "vintage", "stars"], ["1", "Riesling", "", "4"], ["2", "Chianti", "", ""]]
        )
    shell.run("catalog", "load", str(write_dump(tmp_path / "dump.txt")))

    report = shell.json("import", str(table))
    assert (report["source"], report["added"]) == ("cellar", 2)
    missing = shell.json("gaps")
    assert missing["gaps"]["wine"] == {"name": 0, "region": 2, "grapes": 2, "vintage": 2}

    first, second = (json.loads(line)["id"] for line in shell.run("export", "--format", "jsonl").splitlines())
    shell.run("set", str(first), "vintage=2005")
    shell.run("set", str(second), "vintage=1492", code=2)  # the kind's own rule

    filled = shell.json("fill", "--offline")
    assert (filled["filled"], filled["review"]) == (1, 1)
    riesling, chianti = (json.loads(line) for line in shell.run("export", "--format", "jsonl").splitlines())
    assert riesling["fields"]["region"]["value"] == "Mosel"
    assert riesling["fields"]["region"]["provider"] == "atlas"
    assert (riesling["fields"]["vintage"]["value"], riesling["fields"]["vintage"]["origin"]) == (2005, "user")
    assert riesling["fields"]["stars"]["value"] == 4
    assert chianti["match"]["verdict"] == "review"

    assert shell.run("export", "--format", "labels").splitlines() == [
        "Label,Region", "Riesling 2005,Mosel", "Chianti,",
    ]  # fmt: skip
    assert "region" in shell.run("export", "--format", "csv").splitlines()[0]
