"""What is vendored: each file is the one that is written down, with its licence beside it."""

from __future__ import annotations

import base64
import re
from hashlib import sha384
from pathlib import Path

import pytest
from tests.support.sites import Site

STATIC = Path(__file__).parents[2] / "src" / "completist" / "web" / "static"
TEMPLATES = STATIC.parent / "templates"
ROWS = re.findall(
    r"^\| `([^`]+)` \|.*\| `([^`]+)` \|$", (STATIC / "README.md").read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(("name", "digest"), ROWS)
def test_a_vendored_file_is_the_one_that_is_written_down(name: str, digest: str) -> None:
    assert base64.b64encode(sha384((STATIC / name).read_bytes()).digest()).decode() == digest


def test_every_vendored_file_is_written_down() -> None:
    there = {
        path.relative_to(STATIC).as_posix()
        for folder in ("vendor", "fonts")
        for path in (STATIC / folder).iterdir()
        if path.suffix in (".js", ".woff2")
    }
    assert there == {name for name, _ in ROWS}
    assert {
        path.name for folder in ("vendor", "fonts", "icons") for path in (STATIC / folder).glob("LICENSE-*")
    } == {
        "LICENSE-htmx.txt",
        "LICENSE-inter.txt",
        "LICENSE-lucide.txt",
        "LICENSE-mono.txt",
        "LICENSE-serif.txt",
    }


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_policy_forbids(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|hx-vals=.js:|javascript:|<script(?! src=)", text)
    assert not re.search(r"\|\s*safe\b", text)


def test_files_come_compressed_and_are_kept_for_good(lone: Site) -> None:
    client = lone.client()
    page = client.get("/")
    found = re.findall(r'(?:src|href)="(/static/[^"]+\?v=[^"]+)"', page.text)
    assert len(found) == 5
    for address in found:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/style/tokens.css").status_code == 404
