"""Admitting: who may do what. Keys, links and cookies are random, shown once, and kept by their digests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256

from completist.domain.errors import BadInput, Conflict, NotFound
from completist.store import access
from completist.store.access import Account, ApiKey
from completist.store.database import Connection, Database, hold

#: What a key may do, the most first: all of a server, all of a library, its claims alone.
ROLES = ("admin", "member", "worker")

#: Milliseconds: how long a login link may be used, and a browser stays logged in.
LINK, SESSION = 15 * 60_000, 30 * 86_400_000

#: How often the use of a key is noted, in milliseconds: not with every call.
NOTED = 60_000

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: an account with its role, in one of its libraries. ``who`` goes into logs and claims."""

    library_id: int
    role: str
    who: str
    account_id: int | None = None

    def may(self, role: str) -> bool:
        """Whether the caller has at least this role."""
        return ROLES.index(self.role) <= ROLES.index(role)


def add_account(database: Database, name: str, role: str, now: int) -> Account:
    """Make an account with a library of its own; the first one gets the libraries that are there.

    Raises:
        BadInput: The name or the role cannot be, or the first account is no admin.
        Conflict: The name is taken.
    """
    with database.write() as connection:
        return _add_account(connection, name, role, now)


def _add_account(connection: Connection, name: str, role: str, now: int) -> Account:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadInput(f"An account's name takes 1 to {LONGEST_NAME} characters.")
    if role not in ROLES[:2]:
        raise BadInput(f"An account is {' or '.join(ROLES[:2])}, not {role!r}.")
    hold(connection, "accounts", 0)
    there = access.read_accounts(connection)
    if any(each.name.casefold() == name.casefold() for each in there):
        raise Conflict(f"There is an account {name!r} already.")
    if not there and role != ROLES[0]:
        raise BadInput("The first account has to be an admin: nobody else could add others.")
    account_id = access.add_account(connection, name, role, now)
    if there or not access.give_libraries(connection, account_id):
        access.add_library(connection, account_id, f"{name}'s library", now)
    return Account(account_id, name, role, now)


def add_key(database: Database, account: str, name: str, role: str, now: int) -> tuple[ApiKey, str]:
    """Make a key for an account's first library; with the key itself, which is shown this once.

    Raises:
        NotFound: There is no such account.
        BadInput: The role is none, or more than the account's own.
    """
    if role not in ROLES:
        raise BadInput(f"A key's role is one of {', '.join(ROLES)}, not {role!r}.")
    key = f"cmp_{secrets.token_urlsafe(32)}"
    with database.write() as connection:
        found = _account(connection, account)
        if ROLES.index(role) < ROLES.index(found.role):
            raise BadInput(f"{found.name} is a {found.role}: a key of theirs cannot be one of an {role}.")
        library_id = access.libraries_of(connection, found.id)[0][0]
        key_id = access.add_key(connection, found.id, library_id, name, role, _digest(key), now)
    return ApiKey(key_id, found.id, library_id, name, role, now, None, None), key


def revoke_key(database: Database, key_id: int, now: int) -> None:
    """Revoke a key.

    Raises:
        NotFound: There is none that is valid.
    """
    with database.write() as connection:
        if not access.revoke_key(connection, key_id, now):
            raise NotFound(f"There is no valid key {key_id}.", hint="completist keys list")


def login_token(database: Database, account: str | None, now: int) -> str:
    """A token with which a browser logs in once; without an account, one that makes the first.

    Raises:
        NotFound: There is no such account.
    """
    token = secrets.token_urlsafe(32)
    with database.write() as connection:
        account_id = None if account is None else _account(connection, account).id
        access.add_link(connection, _digest(token), account_id, now + LINK)
    return token


def peek(database: Database, token: str, now: int) -> Account | None:
    """Whose login a token is; None for one that makes the first account.

    Raises:
        NotFound: It is not valid, or not any more.
    """
    with database.read() as connection:
        return _of_link(connection, token, now)


def log_in(database: Database, token: str, name: str | None, now: int) -> str:
    """Use a token up; the cookie of the session. ``name`` is that of the first account, where one is made.

    Raises:
        NotFound: It is not valid, or not any more.
        BadInput: The name cannot be.
        Conflict: There is an account by now.
    """
    cookie = secrets.token_urlsafe(32)
    with database.write() as connection:
        hold(connection, "accounts", 0)  # or two that use one link at once both make an account
        account = _of_link(connection, token, now)
        if account is None and access.count_accounts(connection):
            raise Conflict("There is an account by now; its owner gives out links.")
        if account is None:
            account = _add_account(connection, name or "owner", ROLES[0], now)
        access.use_link(connection, _digest(token), now)
        access.add_session(connection, _digest(cookie), account.id, now, now + SESSION)
    return cookie


def log_out(database: Database, cookie: str) -> None:
    """End a session."""
    with database.write() as connection:
        access.end_session(connection, _digest(cookie))


def by_key(database: Database, key: str, library_id: int | None, now: int) -> Caller | None:
    """Who calls with a key; None when it is not valid, or the library is not its account's."""
    with database.read() as connection:
        found = access.key_by_digest(connection, _digest(key))
        if found is None or not _owns(connection, found.account_id, library_id):
            return None
    if found.used_at is None or not 0 <= now - found.used_at < NOTED:
        with database.write() as connection:
            access.note_used(connection, found.id, now)
    return Caller(library_id or found.library_id, found.role, f"key:{found.id}", found.account_id)


def by_cookie(database: Database, cookie: str, library_id: int | None, now: int) -> Caller | None:
    """Who calls with a session's cookie; None when it is over, or the library is not theirs."""
    with database.read() as connection:
        account = access.account_of_session(connection, _digest(cookie), now)
        if account is None or not _owns(connection, account.id, library_id):
            return None
        first = access.libraries_of(connection, account.id)[0][0]
    return Caller(library_id or first, account.role, f"account:{account.id}", account.id)


def _owns(connection: Connection, account_id: int, library_id: int | None) -> bool:
    return library_id is None or library_id in dict(access.libraries_of(connection, account_id))


def _account(connection: Connection, name: str) -> Account:
    for each in access.read_accounts(connection):
        if each.name.casefold() == name.strip().casefold():
            return each
    raise NotFound(f"There is no account {name!r}.", hint="completist accounts list")


def _of_link(connection: Connection, token: str, now: int) -> Account | None:
    link = access.read_link(connection, _digest(token), now)
    if link is None:
        raise _no_link()
    return next((each for each in access.read_accounts(connection) if each.id == link[0]), None)


def _no_link() -> NotFound:
    return NotFound(
        "This login link is not valid, or was used.", hint="completist accounts login NAME makes a new one."
    )


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
