"""Access: accounts, their keys, and who is logged in. Secrets are kept by their digests alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from completist.store.database import Database
from completist.store.schema import accounts, api_keys, libraries, login_links, sessions


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may use a server."""

    id: int
    name: str
    role: str  #: admin, member
    created_at: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's key, without the key."""

    id: int
    account_id: int
    library_id: int
    name: str
    role: str  #: admin, member, worker
    created_at: int
    used_at: int | None
    revoked_at: int | None


def add_account(connection: Connection, name: str, role: str, now: int) -> int:
    """Make an account; its id. The name has to be free."""
    made = connection.execute(
        insert(accounts).values(name=name, role=role, created_at=now).returning(accounts.c.id)
    )
    number: int = made.scalar_one()
    return number


def read_accounts(connection: Connection) -> list[Account]:
    """All accounts, oldest first."""
    rows = connection.execute(select(accounts).order_by(accounts.c.id))
    return [Account(row.id, row.name, row.role, row.created_at) for row in rows]


def count_accounts(connection: Connection) -> int:
    """How many accounts there are."""
    return connection.execute(select(func.count()).select_from(accounts)).scalar_one()


def has_accounts(database: Database) -> bool:
    """Whether there is any; asked with every call."""
    return bool(database.glance("SELECT 1 FROM accounts LIMIT 1"))


def give_libraries(connection: Connection, account_id: int) -> int:
    """Make the libraries that belong to nobody those of an account; how many."""
    given = update(libraries).where(libraries.c.account_id.is_(None)).values(account_id=account_id)
    return connection.execute(given).rowcount


def add_library(connection: Connection, account_id: int, name: str, now: int) -> int:
    """Make a library of an account; its id. The name has to be free."""
    made = connection.execute(
        insert(libraries).values(name=name, created_at=now, account_id=account_id).returning(libraries.c.id)
    )
    number: int = made.scalar_one()
    return number


def libraries_of(connection: Connection, account_id: int | None) -> list[tuple[int, str]]:
    """The (id, name) pairs of an account's libraries, oldest first; without one, of those that are nobody's."""
    mine = select(libraries.c.id, libraries.c.name).where(libraries.c.account_id == account_id)
    return [(row.id, row.name) for row in connection.execute(mine.order_by(libraries.c.id))]


def add_key(
    connection: Connection,
    account_id: int,
    library_id: int,
    name: str,
    role: str,
    digest: str,
    now: int,
) -> int:
    """Keep a key by its digest; its id."""
    made = connection.execute(
        insert(api_keys)
        .values(
            account_id=account_id,
            library_id=library_id,
            name=name,
            role=role,
            digest=digest,
            created_at=now,
        )
        .returning(api_keys.c.id)
    )
    number: int = made.scalar_one()
    return number


def read_keys(connection: Connection) -> list[ApiKey]:
    """All keys, oldest first, those that were revoked too."""
    return [_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.id))]


def key_by_digest(connection: Connection, digest: str) -> ApiKey | None:
    """The key with a digest, unless it was revoked."""
    mine = select(api_keys).where(api_keys.c.digest == digest, api_keys.c.revoked_at.is_(None))
    row = connection.execute(mine).one_or_none()
    return None if row is None else _key(row)


def note_used(connection: Connection, key_id: int, now: int) -> None:
    """Note that a key was used."""
    connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(used_at=now))


def revoke_key(connection: Connection, key_id: int, now: int) -> bool:
    """Revoke a key; False when there is none that is valid."""
    mine = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    return connection.execute(mine.values(revoked_at=now)).rowcount > 0


def add_link(connection: Connection, digest: str, account_id: int | None, expires_at: int) -> None:
    """Keep a login link by its digest."""
    connection.execute(
        insert(login_links).values(digest=digest, account_id=account_id, expires_at=expires_at)
    )


def read_link(connection: Connection, digest: str, now: int) -> tuple[int | None] | None:
    """The account of a login link that may still be used, in a tuple; None when it may not."""
    mine = select(login_links.c.account_id).where(
        login_links.c.digest == digest, login_links.c.used_at.is_(None), login_links.c.expires_at > now
    )
    row = connection.execute(mine).one_or_none()
    return None if row is None else (row.account_id,)


def use_link(connection: Connection, digest: str, now: int) -> bool:
    """Use a login link up; False when it was used, or its time is over."""
    mine = update(login_links).where(
        login_links.c.digest == digest, login_links.c.used_at.is_(None), login_links.c.expires_at > now
    )
    return connection.execute(mine.values(used_at=now)).rowcount > 0


def add_session(connection: Connection, digest: str, account_id: int, now: int, expires_at: int) -> None:
    """Keep a session by its cookie's digest."""
    connection.execute(
        insert(sessions).values(digest=digest, account_id=account_id, created_at=now, expires_at=expires_at)
    )


def account_of_session(connection: Connection, digest: str, now: int) -> Account | None:
    """Who is logged in with a cookie of this digest."""
    mine = (
        select(accounts)
        .join(sessions, sessions.c.account_id == accounts.c.id)
        .where(sessions.c.digest == digest, sessions.c.expires_at > now)
    )
    row = connection.execute(mine).one_or_none()
    return None if row is None else Account(row.id, row.name, row.role, row.created_at)


def end_session(connection: Connection, digest: str) -> None:
    """Log a browser out."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def has_logged_in(connection: Connection) -> bool:
    """Whether anybody ever used a login link."""
    used = select(login_links.c.digest).where(login_links.c.used_at.is_not(None)).limit(1)
    return connection.execute(used).first() is not None


def prune_access(connection: Connection, before: int) -> int:
    """Forget sessions whose time was over, and login links that were neither used nor usable any more."""
    over = delete(sessions).where(sessions.c.expires_at <= before)
    unused = delete(login_links).where(login_links.c.expires_at <= before, login_links.c.used_at.is_(None))
    return connection.execute(over).rowcount + connection.execute(unused).rowcount


def _key(row: object) -> ApiKey:
    names = ("id", "account_id", "library_id", "name", "role", "created_at", "used_at", "revoked_at")
    return ApiKey(*(getattr(row, name) for name in names))
