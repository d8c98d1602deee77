"""Accounts and keys: secrets are shown once, on standard output alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import Call

from completist.cli.failures import ERROR, NOT_FOUND, OK, USAGE


def kept(data: Path) -> str:
    """Everything in the library's file, as text."""
    with closing(sqlite3.connect(data / "library.db")) as library:
        return "\n".join(library.iterdump())


def test_the_first_account_is_an_admin_and_gets_the_library(filled: Call) -> None:
    assert "There are no accounts" in filled("accounts").out
    told = filled("accounts", "add", "Ann")
    assert told.code == OK
    assert told.out.startswith("/login?token=")
    assert "Ann is an admin." in told.err
    assert filled("accounts", "add", "Bob", "--json").json["account"]["role"] == "member"
    listed = filled("accounts", "list", "--json").json["accounts"]
    assert [(each["name"], each["role"], each["libraries"]) for each in listed] == [
        ("Ann", "admin", ["My library"]),
        ("Bob", "member", ["Bob's library"]),
    ]
    assert filled("accounts").out.splitlines()[1].split()[:2] == ["Ann", "admin"]


def test_a_login_link_works_once_and_names_the_server_that_runs(filled: Call, serving: str) -> None:
    filled("accounts", "add", "Ann")
    told = filled("accounts", "login", "ann")
    assert told.out.startswith(f"{serving}/login?token=")
    assert "once, within 15 minutes" in told.err
    other = filled("accounts", "login", "ann", "--json").json["login"]
    assert other != told.out.strip()


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["accounts", "add", "ann"], ERROR, "already"),
        (["accounts", "add", " "], USAGE, "1 to 80 characters"),
        (["accounts", "add", "Eve", "--role", "boss"], USAGE, "admin"),
        (["accounts", "login", "Zoe"], NOT_FOUND, "completist accounts list"),
        (["keys", "create", "k", "--account", "Zoe"], NOT_FOUND, "completist accounts list"),
        (["keys", "create", "k"], USAGE, "--account"),
        (["keys", "create", "k", "--account", "Bob", "--role", "admin"], USAGE, "member"),
        (["keys", "revoke", "99"], NOT_FOUND, "completist keys list"),
    ],
)
def test_wrong_input_is_told(filled: Call, arguments: list[str], code: int, hint: str) -> None:
    filled("accounts", "add", "Ann")
    filled("accounts", "add", "Bob")
    told = filled(*arguments)
    assert (told.code, told.out) == (code, "")
    assert hint in told.err


def test_the_first_account_cannot_be_a_member(filled: Call) -> None:
    told = filled("accounts", "add", "Ann", "--role", "member")
    assert (told.code, "has to be an admin" in told.err) == (USAGE, True)


def test_a_key_is_printed_once_alone_and_kept_nowhere(filled: Call, data: Path) -> None:
    filled("accounts", "add", "Ann")
    told = filled("keys", "create", "script", "--account", "ann")
    assert told.out.startswith("cmp_")
    assert len(told.out.splitlines()) == 1
    key = told.out.strip()
    assert key not in told.err
    assert key not in kept(data)
    made = filled("keys", "create", "other", "--account", "Ann", "--role", "member", "--json").json
    assert (made["role"], made["key"][:4]) == ("member", "cmp_")
    listed = filled("keys", "--json").json["keys"]
    assert [(each["name"], each["account"], each["role"], each["used_at"]) for each in listed] == [
        ("script", "Ann", "worker", None),
        ("other", "Ann", "member", None),
    ]
    assert "key" not in listed[0]
    assert key not in filled("keys").out


def test_a_revoked_key_stays_in_the_list_and_cannot_be_revoked_again(filled: Call) -> None:
    assert "There are no keys." in filled("keys").out
    filled("accounts", "add", "Ann")
    filled("keys", "create", "script", "--account", "Ann")
    assert filled("keys", "revoke", "1").out == "Key 1 is revoked.\n"
    assert "revoked" in filled("keys", "list").out
    assert filled("keys", "list", "--json").json["keys"][0]["revoked_at"] is not None
    assert filled("keys", "revoke", "1").code == NOT_FOUND
