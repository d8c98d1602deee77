"""Access: who calls, by key, by cookie, or by sitting at this machine, and which library that is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from completist.app import App
from completist.domain.errors import BadInput, NotFound
from completist.engine.admitting import Caller
from completist.web.api.shapes import EXACT, Id
from completist.web.failures import Forbidden, NotAdmitted
from completist.web.places import Bound, check_local, check_same_origin

COOKIE = "completist_session"

_bearer = HTTPBearer(auto_error=False, description="A key: `Authorization: Bearer cmp_...`")
_key = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key: `X-API-Key: cmp_...`")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="The session of a browser that logged in")

_LIBRARY = "Another library of the same account, by its id; without it, the key's own or the account's first."


@dataclass(frozen=True, slots=True)
class Visit:
    """A call that was admitted: who makes it, and the library that it is about. Nothing else is within its reach."""

    caller: Caller
    app: App  #: of the caller's library alone
    still: Callable[[], bool]  #: whether it would be admitted again: for calls that last


@dataclass(frozen=True, slots=True)
class Gate:
    """Admits callers to the libraries of a database."""

    app: App
    bound: Bound

    @property
    def is_local(self) -> bool:
        """Whether the person at this machine is served without a key: as long as there is no account."""
        return self.bound.is_loopback and not self.app.access.has_accounts()

    def admit(
        self,
        request: Request,
        key: str | None,
        cookie: str | None,
        library: int | None,
        *,
        from_anywhere: bool = False,
    ) -> Visit:
        """The visit of whoever calls. A page that changes nothing may be led to ``from_anywhere``.

        Raises:
            NotAdmitted: There is no key or cookie, or not a valid one.
            Forbidden: It is not allowed from there.
            NotFound: The library that was asked for is none of theirs.
        """
        access = self.app.access
        if key is not None:
            return self._known(lambda chosen: access.by_key(key, chosen), library)
        if self.is_local:
            check_local(request, self.bound)
            if not from_anywhere:
                check_same_origin(request)
            return self._local(library)
        if cookie is None:
            raise NotAdmitted(
                "This needs a key.", hint="completist keys create, then send Authorization: Bearer KEY"
            )
        if not from_anywhere:
            check_same_origin(request)
        return self._known(lambda chosen: access.by_cookie(cookie, chosen), library)

    def _known(self, find: Callable[[int | None], Caller | None], library: int | None) -> Visit:
        caller = find(library)
        if caller is None:
            if library is not None and find(None) is not None:
                raise _no_library(library)
            raise NotAdmitted(
                "This key or session is not valid, or not any more.", hint="completist keys list"
            )
        return Visit(caller, self.app.scoped(caller.library_id), lambda: find(library) is not None)

    def _local(self, library: int | None) -> Visit:
        own = self.app.library_id
        if library is not None and library not in dict(self.app.access.libraries(None)):
            raise _no_library(library)
        caller = Caller(library or own, "admin", "local")
        return Visit(caller, self.app.scoped(caller.library_id), lambda: self.is_local)


def _no_library(library: int) -> NotFound:
    return NotFound(f"There is no library {library}.", hint="Leave X-Completist-Library out.")


def _visit(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    key: Annotated[str | None, Depends(_key)],
    cookie: Annotated[str | None, Depends(_cookie)],
    library: Annotated[Id | None, Header(alias="X-Completist-Library", description=_LIBRARY)] = None,
) -> Visit:
    return _admitted(request, bearer.credentials if bearer else key, cookie, library)


def _admitted(request: Request, key: str | None, cookie: str | None, library: int | None) -> Visit:
    gate: Gate = request.app.state.gate
    visit = gate.admit(request, key, cookie, library)
    request.state.who = visit.caller.who
    return visit


#: Declares what `visit_of` reads.
DECLARED: dict[str, Any] = {
    "security": [{each.scheme_name: []} for each in (_bearer, _key, _cookie)],
    "parameters": [
        {
            "name": "X-Completist-Library",
            "in": "header",
            "required": False,
            "description": _LIBRARY,
            "schema": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": EXACT}, {"type": "null"}]},
        }
    ],
}


def visit_of(request: Request) -> Visit:
    """The visit of a call, as the other routes are given it: for one that is called so often that it has to be quick.

    Raises:
        BadInput: The library is no id.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    key = bearer if scheme.lower() == "bearer" and bearer else request.headers.get("x-api-key")
    library = request.headers.get("x-completist-library")
    if library is not None and not (
        library.isascii() and library.isdecimal() and 1 <= int(library[:20]) <= EXACT
    ):
        raise BadInput("X-Completist-Library takes the id of a library.")
    return _admitted(
        request, key, request.cookies.get(COOKIE), None if library is None else int(library[:20])
    )


def _at_least(role: str) -> Any:  # noqa: ANN401 - what FastAPI calls a dependency
    def check(visit: Annotated[Visit, Depends(_visit)]) -> Visit:
        if not visit.caller.may(role):
            raise Forbidden(
                f"This takes a key with the role {role}, and yours is {visit.caller.role}.",
                hint=f"completist keys create NAME --account NAME --role {role}",
            )
        return visit

    return Depends(check)


AsAdmin = Annotated[Visit, _at_least("admin")]
AsMember = Annotated[Visit, _at_least("member")]
AsWorker = Annotated[Visit, _at_least("worker")]


def visitor(request: Request) -> Visit | None:
    """The visit of a browser that is admitted, else None: for pages that anybody may see."""
    gate: Gate = request.app.state.gate
    try:
        visit = gate.admit(request, None, request.cookies.get(COOKIE), None, from_anywhere=True)
    except (NotAdmitted, Forbidden):
        return None
    request.state.who = visit.caller.who
    return visit
