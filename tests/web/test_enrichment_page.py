"""The examples of docs/enrichment.md, called as they stand, in order."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from tests.support.librarians import Librarian, consult
from tests.support.sites import LOCAL, Site

PAGE = Path(__file__).parents[2] / "docs" / "enrichment.md"
BLOCK = re.compile(r"^```\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^\$ (curl .*?)\n(\{.*?)(?=^\$ |\Z)", flags=re.MULTILINE | re.DOTALL)

#: What is another each time.
MOVING = re.compile(r"id|.*_at|response_time_ms")


def _call(client: TestClient, command: str, names: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
    """What a call of curl answers, and its words."""
    for name, value in names.items():
        command = command.replace(f"${name}", value)
    words = iter(shlex.split(command.replace("\n", " "))[1:])
    headers: dict[str, str] = {}
    url, body = "", None
    for word in words:
        match word:
            case "-s":
                continue
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words)
            case _:
                url = word
    return client.request("POST" if body else "GET", url, headers=headers, content=body).json()


def _alike(told: Any, shown: Any, name: str = "") -> bool:  # noqa: ANN401 - JSON
    if isinstance(told, dict) and isinstance(shown, dict):
        return told.keys() == shown.keys() and all(_alike(told[key], shown[key], key) for key in told)
    if isinstance(told, list) and isinstance(shown, list):
        return len(told) == len(shown) and all(_alike(*pair, name) for pair in zip(told, shown, strict=True))
    if MOVING.fullmatch(name):
        return (told is None) is (shown is None)
    return bool(told == shown)


def test_every_example_answers_as_the_page_says(lone: Site) -> None:
    google = Librarian("googlebooks").knows(
        "9780441172719", title="Dune", authors=["Frank Herbert"], publisher="Ace", pages=535
    )
    consult(lone, Librarian("isbndb", batch=10), google)
    names = {"U": LOCAL, "K": f"X-API-Key: {lone.account('anna')}", "J": "Content-Type: application/json"}
    client = lone.client()
    ids: dict[str, str] = {}
    examples = [found for block in BLOCK.findall(PAGE.read_text("utf-8")) for found in EXAMPLE.findall(block)]
    assert len(examples) == PAGE.read_text("utf-8").count("$ curl ")
    for command, answer in examples:
        shown = json.loads(answer)
        for there, here in ids.items():
            command = command.replace(there, here)  # noqa: PLW2901 - the id of this run
        told = _call(client, command, names)
        assert _alike(told, shown), json.dumps(told, indent=1)
        if "id" in shown:
            ids[shown["id"]] = told["id"]
            lone.app.enriching.queue().drain()
