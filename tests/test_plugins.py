"""A kind that the project knows nothing of: one folder and one entry point, used through the real command."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support import wines
from tests.support.catalogues import write_dump
from tests.support.loopback import Reply, Seen, serving
from tests.support.plugins import install


class Shell:
    """The command in a process of its own, with the kind installed on its Python path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: dict[str, str] = {}  #: of the environment
        self.typed = ""  #: on standard input
        package = folder / "site" / "wines"
        package.mkdir(parents=True)
        shutil.copyfile(wines.__file__, package / "__init__.py")
        install(folder / "site", "wines:WINES")

    def run(self, *words: str, code: int = 0) -> str:
        """What a command says; it must end with ``code``."""
        told = {name: value for name, value in os.environ.items() if not name.startswith("COMPLETIST_")}
        done = subprocess.run(
            [sys.executable, "-m", "completist", "--data", str(self.folder / "data"), *words],
            input=self.typed,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
            env={**told, "PYTHONPATH": str(self.folder / "site"), **self.settings},
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


# --- the provider in docs/plugins.md ---------------------------------------------------------------------------


def _example() -> str:
    """The provider as the page has it."""
    page = (Path(__file__).parents[1] / "docs" / "plugins.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(# cellars\.py.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    return str(code)


def _register(seen: Seen) -> Reply:
    """A register that knows one wine, by EAN, for whoever has the key."""
    if seen.headers.get("authorization") != "Bearer the-key-of-the-register":
        return 401, {}, b"{}"
    wine = {
        "id": "C7", "ean": "4006381333931", "name": "Chablis", "region": "Burgundy", "grapes": ["Chardonnay"],
        "vintage": 2019,
    }  # fmt: skip
    known = [wine] if "4006381333931" in seen.path else []
    return 200, {"Content-Type": "application/json"}, json.dumps({"wines": known}).encode()


def test_the_provider_of_the_documentation_fills_what_it_knows(shell: Shell, tmp_path: Path) -> None:
    code = _example()
    (tmp_path / "site" / "cellars.py").write_text(code, "utf-8")
    package = tmp_path / "site" / "wines" / "__init__.py"
    more = "from dataclasses import replace\nfrom cellars import PLAN\nWINES = replace(WINES, adapters=(PLAN,))\n"
    package.write_text(package.read_text("utf-8") + more, "utf-8")
    table = tmp_path / "cellar.csv"
    table.write_text(
        "cellar id,name,ean\n1,Chablis,4006381333931\n2,Nobody knows,4006381333948\n", encoding="utf-8"
    )
    with serving(_register) as register:
        shell.settings = {"COMPLETIST_PROVIDERS_AT": register.url, "COMPLETIST_PROVIDERS": "cellars"}
        shell.run("import", str(table))
        assert shell.json("sources")["sources"][0]["state"] == "needs_key"
        shell.typed = "the-key-of-the-register"
        shell.run("sources", "key", "cellars")
        assert "Register of cellars answered in" in shell.run("sources", "test", "cellars")
        filled = shell.json("fill", "--kind", "wine")
        seen = len(register.seen)
        shell.json("fill", "--kind", "wine", "--again")
        assert len(register.seen) == seen
    assert (filled["filled"], filled["empty"]) == (1, 1)
    chablis, _ = (json.loads(line) for line in shell.run("export", "--format", "jsonl").splitlines())
    assert chablis["fields"]["region"]["value"] == "Burgundy"
    assert chablis["fields"]["region"]["provider"] == "cellars"
    assert {request.path.split("?")[0] for request in register.seen} == {"/cellars.example/wines"}
    assert len(code.splitlines()) <= 65
