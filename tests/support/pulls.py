"""A world for workers outside: a library with its real server, a simulated provider, and one clock for all."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.support.clocks import Clock

from completist.app import App
from completist.engine.pulling.order import Order, PullReport
from completist.engine.pulling.puller import pull
from completist.net.sending import Sleep
from completist.settings import Settings
from completist.simulator import Simulator
from completist.simulator.limits import FREE, Policy
from completist.web.server import Bound, create_api

TOKEN = "simulated"
LEASE = 1800  #: seconds
PIPELINE = "hardcover"

EMMA, KIM, NOWHERE = "9780141439587", "9780140183528", "9780000000002"
BOOKS = (
    "Title,Author,ISBN13\n"
    f"Emma,Jane Austen,{EMMA}\n"  # by its ISBN
    f"The Mill on the Floss,George Eliot,{KIM}\n"  # the ISBN of another book
    "Germinal,Émile Zola,\n"  # no ISBN
    f"Dracula,Bram Stoker,{NOWHERE}\n"  # an ISBN that nobody knows
    "A Book That Nobody Knows,Nobody At All,\n"
)
FILLED = {"Emma", "Germinal", "Dracula"}

Json: TypeAlias = Any
Action: TypeAlias = "int | tuple[int, int] | str"


@dataclass
class Gate:
    """Stands before the server: lets calls through, unless ``plan`` says what becomes of the next ones.

    A number is answered in the server's place, with two the second is Retry-After. ``lose`` lets the server do its
    work and answers 503; ``hold`` waits for `release` and answers 503.
    """

    api: ASGIApp
    plan: deque[Action] = field(default_factory=deque)
    seen: list[tuple[str, Any]] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    before: Callable[[str, Any], Action] = lambda _path, _body: "pass"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
        body = json.loads(b"".join(each.get("body", b"") for each in messages) or b"null")
        self.seen.append((scope["path"], body))
        action = self.plan.popleft() if self.plan else self.before(scope["path"], body)
        if action == "hold":
            self.held.set()
            await asyncio.to_thread(self.release.wait, 60)
            action = 503
        if action in ("pass", "lose"):
            left = iter(messages)

            async def again() -> Message:
                return next(left, None) or await receive()

            await self.api(scope, again, send if action == "pass" else _into_nothing)
        if action != "pass":
            await _refuse(send, action)

    def results(self) -> list[dict[str, Any]]:
        """All results that were sent, in order."""
        return [each for _, body in self.seen for each in (body or {}).get("results", ())]


async def _into_nothing(_message: Message) -> None:
    pass


async def _refuse(send: Send, action: Action) -> None:
    status, rest = action if isinstance(action, tuple) else (action, None)
    headers = [(b"content-type", b"application/json")]
    headers += [] if rest is None else [(b"retry-after", str(rest).encode())]
    status = status if isinstance(status, int) else 503
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send(
        {"type": "http.response.body", "body": b'{"error": {"code": "planned", "message": "Planned."}}'}
    )


@dataclass
class World:
    folder: Path
    clock: Clock
    app: App
    gate: Gate
    url: str
    provider: Simulator
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - the same in each run

    @property
    def state(self) -> Path:
        return self.folder / "state" / "pull.json"

    def bring(self, table: str) -> None:
        path = self.folder / "books.csv"
        path.write_text(table, encoding="utf-8")
        self.app.import_file(path)

    def order(self, **more: Json) -> Order:
        usual = {
            "server": self.url,
            "pipeline": PIPELINE,
            "secret": TOKEN,
            "endpoint": self.provider.hardcover,
        }
        return Order(**{**usual, "lease": LEASE, **more})

    def pull(
        self,
        *,
        stop: Callable[[], bool] = lambda: False,
        sleep: Sleep | None = None,
        **more: Json,
    ) -> PullReport:
        return pull(
            self.order(**more),
            self.state,
            now=self.clock,
            stop=stop,
            sleep=sleep or self.clock.sleep,
            chance=self.chance,
        )

    def kept(self) -> Json:
        return json.loads(self.state.read_bytes())

    def runs(self) -> dict[str, int]:
        return {state: n for (name, state), n in self.app.status().runs.items() if name == PIPELINE and n}

    def filled(self) -> set[Any]:
        return {view.data["title"] for view in self.app.items("book") if view.data.get("hardcover")}

    def asked(self) -> list[str]:
        return [call.operation for call in self.provider.calls.all()]


@contextmanager
def serving(api: ASGIApp, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(api, log_config=None, lifespan="off", ws="none", http="h11", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@contextmanager
def a_world(
    folder: Path, template: Path, books: str | None = BOOKS, policies: tuple[Policy, ...] = FREE
) -> Iterator[World]:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, folder / "library.db")
    clock = Clock()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with App(Settings(folder, f"sqlite:///{folder / 'library.db'}", offline=True), now=clock) as app:
            gate = Gate(create_api(app, Bound("127.0.0.1", port)))
            with serving(gate, listener), Simulator(clock=clock.seconds, policies=policies) as provider:
                world = World(folder, clock, app, gate, f"http://127.0.0.1:{port}", provider)
                if books is not None:
                    world.bring(books)
                yield world
