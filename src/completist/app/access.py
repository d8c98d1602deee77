"""Access as the faces see it: accounts, keys, logins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from completist.engine import admitting
from completist.engine.admitting import Caller
from completist.store import access
from completist.store.access import Account, ApiKey
from completist.store.database import Database


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use the libraries of a database."""

    database: Database
    now: Callable[[], int]

    def accounts(self) -> list[Account]:
        """All accounts, oldest first."""
        with self.database.read() as connection:
            return access.read_accounts(connection)

    def has_accounts(self) -> bool:
        """Whether there is any account: without one, only the machine's own user is served."""
        return access.has_accounts(self.database)

    def has_logged_in(self) -> bool:
        """Whether anybody has ever logged in."""
        with self.database.read() as connection:
            return access.has_logged_in(connection)

    def add_account(self, name: str, role: str) -> Account:
        """Make an account with a library; the first one gets those that are there. Raises BadInput or Conflict."""
        return admitting.add_account(self.database, name, role, self.now())

    def libraries(self, account_id: int | None) -> list[tuple[int, str]]:
        """The (id, name) pairs of an account's libraries, oldest first; without one, of those that are nobody's."""
        with self.database.read() as connection:
            return access.libraries_of(connection, account_id)

    def keys(self) -> list[ApiKey]:
        """All keys, without the keys themselves."""
        with self.database.read() as connection:
            return access.read_keys(connection)

    def add_key(self, account: str, name: str, role: str) -> tuple[ApiKey, str]:
        """Make a key; with the key itself, which is shown this once. Raises NotFound or BadInput."""
        return admitting.add_key(self.database, account, name, role, self.now())

    def revoke_key(self, key_id: int) -> None:
        """Revoke a key. Raises NotFound."""
        admitting.revoke_key(self.database, key_id, self.now())

    def login_token(self, account: str | None = None) -> str:
        """A token with which a browser logs in once; without an account, to make the first one. Raises NotFound."""
        return admitting.login_token(self.database, account, self.now())

    def peek(self, token: str) -> Account | None:
        """Whose login a token is, or None for one that makes the first account. Raises NotFound."""
        return admitting.peek(self.database, token, self.now())

    def log_in(self, token: str, name: str | None = None) -> str:
        """Use a token up; the cookie of the session. Raises NotFound, BadInput or Conflict."""
        return admitting.log_in(self.database, token, name, self.now())

    def log_out(self, cookie: str) -> None:
        """End a session."""
        admitting.log_out(self.database, cookie)

    def by_key(self, key: str, library_id: int | None = None) -> Caller | None:
        """Who calls with a key; None when it is not valid, or the library is not theirs."""
        return admitting.by_key(self.database, key, library_id, self.now())

    def by_cookie(self, cookie: str, library_id: int | None = None) -> Caller | None:
        """Who calls with a session's cookie; None when it is over, or the library is not theirs."""
        return admitting.by_cookie(self.database, cookie, library_id, self.now())
