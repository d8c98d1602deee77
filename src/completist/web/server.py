"""The server: one process that answers over HTTP and, unless told otherwise, works off what is due."""

from __future__ import annotations

import errno
import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import structlog
import uvicorn

from completist.app import App
from completist.domain.errors import ActionRequired, BadInput, Busy, CompletistError
from completist.engine.worker import Service
from completist.observability.logs import where
from completist.web.application import create_api
from completist.web.pages import frame
from completist.web.places import Bound

__all__ = ["Bound", "create_api", "serve"]

#: Seconds that answers under way may take once the server is to stop.
ANSWERS = 3

#: Bytes that the head of a request may have: thousands of ids fit into a query.
HEAD = 128 * 1024

#: Seconds until a worker that broke is started again.
AGAIN = 5.0

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_log = structlog.get_logger("completist.web")


def serve(
    app: App,
    host: str,
    port: int,
    *,
    worker: bool = True,
    announce: Callable[[str], None] = print,
    stop: threading.Event | None = None,
) -> int:
    """Answer at an address until SIGTERM or SIGINT comes, or ``stop`` is set; the exit code.

    ``announce`` is told the URL at which it answers and then, as long as nobody has ever logged in, the URL of a page
    that does so once. Within ten seconds of the signal the process is gone, and what its worker held is given back.

    Raises:
        ActionRequired: The address is not of this machine alone, and there is no account yet.
        BadInput: There is no such address here.
        Busy: The port is taken, or another process works on this SQLite library.
    """
    stop = stop or threading.Event()
    if not Bound(host, port).is_loopback and not app.access.has_accounts():
        raise ActionRequired(
            f"At {host} others could reach this server, and it has no account yet.",
            hint="completist accounts add NAME",
        )
    with _listening(app, host, port) as listener:
        bound = Bound(host, listener.getsockname()[1])
        with app.owned("serve", bound.url):
            announce(bound.url)
            if (link := _login_link(app, bound)) is not None:
                announce(link)
            _run(app, bound, listener, stop, worker=worker)
    return 0


def _run(app: App, bound: Bound, listener: socket.socket, stop: threading.Event, *, worker: bool) -> None:
    config = uvicorn.Config(
        create_api(app, bound, stop=stop),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # ours has the route and not the path
        server_header=False,
        h11_max_incomplete_event_size=HEAD,
        timeout_graceful_shutdown=ANSWERS,
    )
    if threading.current_thread() is threading.main_thread():
        gc.freeze()  # what is loaded by now stays: looking through it for garbage would hold up answers
    with _signalled(stop), _preparing(app):
        if not worker:
            watch = app.enriching.queue().watch
            threading.Thread(target=watch, args=(stop,), name="enrichment", daemon=True).start()
            _Server(config, stop).run([listener])
            return
        bell = app.bell()
        service = app.worker(bell)
        thread = threading.Thread(target=_work, args=(service, stop), name="worker", daemon=True)
        server = _Server(config, stop, lambda: app.hurry(service))
        thread.start()
        try:
            server.run([listener])
        finally:
            stop.set()
            thread.join()
            if server.timer is not None:
                server.timer.cancel()
            bell.close()


@contextmanager
def _preparing(app: App) -> Iterator[None]:
    """Meanwhile load and count what whoever opens the first page would have to wait for."""
    thread = threading.Thread(target=_prepare, args=(app,), name="pages", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _prepare(app: App) -> None:
    frame.prepare()
    with suppress(CompletistError):  # whoever opens the page is told
        browsing = app.browsing
        browsing.standings()
        browsing.sources()
        browsing.pipelines()
        browsing.failures()


class _Server(uvicorn.Server):
    """uvicorn, stopped by a flag that the streams and the worker look at, too."""

    def __init__(
        self,
        config: uvicorn.Config,
        stop: threading.Event,
        hurry: Callable[[], threading.Timer] | None = None,
    ) -> None:
        super().__init__(config)
        self.stop = stop
        self.timer: threading.Timer | None = None
        self._hurry = hurry

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`: uvicorn would raise them again at the end, and with them end the process."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to stop; asked ten times a second."""
        return await super().on_tick(counter) or self.stop.is_set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let answers under way end, and give the worker its last seconds meanwhile."""
        self.stop.set()
        if self._hurry is not None:
            self.timer = self._hurry()
        await super().shutdown(sockets)


def _work(service: Service, stop: threading.Event) -> None:
    """Work until told to stop. Whatever breaks the worker is logged, and it begins anew: the server goes on."""
    while not stop.is_set():
        try:
            service.run(stop)
        except Exception as error:  # noqa: BLE001 - a thread that ends silently would leave a server that does nothing
            _log.error("worker_broke", error=type(error).__name__, where=where(error))
            stop.wait(AGAIN)


@contextmanager
def _signalled(stop: threading.Event) -> Iterator[None]:
    """Let the signals that end a process set ``stop``, where this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {each: signal.signal(each, ask) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _listening(app: App, host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens. Raises Busy, BadInput or ActionRequired."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=512)
    except socket.gaierror as error:
        raise BadInput(f"There is no address {host!r} here: {error.strerror}.") from error
    except OSError as error:
        raise _no_socket(app, host, port, error) from error
    with listener:
        yield listener


def _no_socket(app: App, host: str, port: int, error: OSError) -> Exception:
    if error.errno == errno.EADDRINUSE:
        with app.owned("serve"):  # if it is this library's own server that has it, that is what to say
            return Busy(f"Port {port} of {host} is taken by another program.", hint="--port chooses another.")
    if error.errno == errno.EACCES:
        return ActionRequired(f"Port {port} is not for ordinary users.", hint="--port 8337")
    return BadInput(f"Port {port} of {host} cannot be listened at: {error.strerror}.")


def _login_link(app: App, bound: Bound) -> str | None:
    """Where the oldest admin logs in, or the first account is made; None when somebody has logged in before."""
    if app.access.has_logged_in():
        return None
    admins = [each.name for each in app.access.accounts() if each.role == "admin"]
    return f"{bound.url}/login?token={app.access.login_token(admins[0] if admins else None)}"
