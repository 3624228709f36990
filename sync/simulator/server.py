"""The simulator on a loopback port: its routes, for the command line, and beside a test or the demo in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import HANDLED_SIGNALS

from sync.simulator.calls import write_log
from sync.simulator.envelopes import gzipped_if_asked
from sync.simulator.options import DateHeader, Options, Redirect, changed, read_dialect, write_options
from sync.simulator.protocol import BadInput, a_number, an_object, read_json
from sync.simulator.records import Records, read_records, write_records
from sync.simulator.simulator import Delivery, Faults, Simulator, read_faults, write_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

    from starlette.types import Receive, Scope, Send

    from sync.simulator.simulator import HttpReply

    Answer = TypeVar("Answer")


# The simulator's routes: the API under both channels, and the control under `/_simulator`.


PATH = "/api/stable/api.php"


class _Dripping(Response):
    """A whole answer that takes its time: a pause before every byte."""

    def __init__(self, whole: Response, pause_seconds: float) -> None:
        super().__init__()
        self._whole = whole
        self._pause_seconds = pause_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as Starlette calls it
        await send({"type": "http.response.start", "status": self._whole.status_code, "headers": self._whole.raw_headers})
        for byte in bytes(self._whole.body):
            with suppress(TimeoutError):
                await asyncio.wait_for(receive(), self._pause_seconds)
                return
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _CutOff(Response):
    """No whole answer: the connection ends at once, after half of the announced body, or when the server cuts it."""

    def __init__(self, delivery: Delivery, whole: Response) -> None:
        super().__init__()
        self._delivery = delivery
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = scope["state"]["transport"]
        if self._delivery is Delivery.CUT:
            transport.abort()
        elif self._delivery is Delivery.HALF:
            body = bytes(self._whole.body)
            await send({"type": "http.response.start", "status": self._whole.status_code, "headers": self._whole.raw_headers})
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


def make_app(simulator: Simulator, stop: Callable[[float], None]) -> Starlette:
    """The application for one simulator. `stop` makes the server refuse connections for some seconds."""
    control: dict[str, tuple[Callable[[], object], Callable[[object], None] | None]] = {
        "state": (partial(write_state, simulator), partial(put_state, simulator)),
        "log": (lambda: write_log(simulator.log), None),
        "faults": (lambda: write_faults(simulator.faults), partial(put_faults, simulator)),
        "options": (lambda: write_options(simulator.options), partial(put_options, simulator)),
        "clock": (lambda: {"at": simulator.elapsed()}, partial(put_clock, simulator)),
    }
    routes = [Route("/api/{channel:str}/api.php", partial(_api, simulator, stop), methods=["GET", "POST"])]
    for name, (show, put) in control.items():
        methods = ["GET"] if put is None else ["GET", "PUT"]
        routes.append(Route(f"/_simulator/{name}", partial(_control, show, put), methods=methods))
    return Starlette(routes=routes)


def write_state(simulator: Simulator) -> object:
    """The state as it is now."""
    return write_records(simulator.records)


def put_state(simulator: Simulator, raw: object) -> None:
    """Replace all records. Raises BadInput, then nothing has changed."""
    simulator.put_records(read_records(raw))


def put_faults(simulator: Simulator, raw: object) -> None:
    """Replace the rules; their counts begin anew. Raises BadInput, then nothing has changed."""
    simulator.faults = Faults(read_faults(raw))


def put_options(simulator: Simulator, raw: object) -> None:
    """Change the given options. Raises BadInput, then nothing has changed."""
    simulator.options = changed(simulator.options, raw)


def put_clock(simulator: Simulator, raw: object) -> None:
    """Let some seconds pass at once. Raises BadInput."""
    given = an_object(raw, "clock", ("forward_s",), required=("forward_s",))
    simulator.go_forward(a_number(given["forward_s"], "clock.forward_s"))


async def _api(simulator: Simulator, stop: Callable[[float], None], request: Request) -> Response:
    channel = request.path_params["channel"]
    if channel not in {"stable", "latest"}:
        return Response("Not Found", 404)
    at = simulator.elapsed()
    try:
        body = await request.body()
    except ClientDisconnect:
        return Response()
    reply = simulator.answer(body, at, stable=channel == "stable")
    if reply.delivery is Delivery.STOP:
        stop(reply.stop_seconds)
    whole = _response(reply, request, simulator)
    if reply.wait_seconds:  # that is how long it takes in all, so what the work took counts
        await asyncio.sleep(max(0.0, at + reply.wait_seconds - simulator.elapsed()))
    match reply.delivery:
        case Delivery.WHOLE:
            return whole
        case Delivery.DRIP:
            return _Dripping(whole, reply.drip_seconds)
        case delivery:
            return _CutOff(delivery, whole)


def _response(reply: HttpReply, request: Request, simulator: Simulator) -> Response:
    body, zipped = gzipped_if_asked(reply.body, request.headers.get("accept-encoding", ""))
    headers = {"content-type": reply.content_type}
    if simulator.options.date_header is DateHeader.SENT:
        headers["date"] = simulator.date()
    if zipped:
        headers["content-encoding"] = "gzip"
    if reply.retry_after is not None:
        headers["retry-after"] = reply.retry_after
    if reply.redirect:
        host = f"localhost:{request.url.port}" if reply.redirect is Redirect.OTHER_HOST else request.url.netloc
        headers["location"] = f"{request.url.scheme}://{host}{request.url.path.replace('/stable/', '/latest/')}"
    return Response(body, reply.status or 200, headers)


async def _control(show: Callable[[], object], put: Callable[[object], None] | None, request: Request) -> Response:
    if request.method == "PUT" and put is not None:
        try:
            put(json.loads(await request.body()))
        except BadInput as error:
            return _json({"error": str(error)}, 400)
        except (ValueError, RecursionError) as error:
            return _json({"error": f"no JSON: {error}"}, 400)
    return _json(show())


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, media_type="application/json")


#: Credentials of the right lengths (onoffice-api 1.2) for tests and the demo.
DEFAULT_TOKEN = "simulator-token-0123456789abcdef"  # noqa: S105 - opens nothing but the simulator
DEFAULT_SECRET = "simulator-secret-0123456789abcdef-0123456789abcdef-0123456789abc"  # noqa: S105 - as above

_HOST = "127.0.0.1"
_START_SECONDS = 10.0
#: So often a server that refuses connections looks at its clock.
_LOOK_AGAIN_SECONDS = 0.01


class _Connection(H11Protocol):
    """Hands its transport to the application, which needs it to cut a connection off."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A uvicorn server that can refuse connections for a while, ends at once and leaves signals as they were."""

    def __init__(self, simulator: Simulator, port: int, ready: Callable[[str], None]) -> None:
        config = uvicorn.Config(
            make_app(simulator, self._stop),
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
        )
        super().__init__(config)
        self._ready = ready
        self._elapsed = simulator.elapsed
        self._back_at: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()
        self._pauses: set[asyncio.Task[None]] = set()
        self._listening = _listen(port)
        self.port: int = self._listening.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.port}{PATH}"

    def work(self) -> None:
        """Serve until `should_exit`."""
        asyncio.run(self.serve(sockets=[self._listening]))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        if self.should_exit:
            self._ended.set()
        self._ready(self.url)

    async def main_loop(self) -> None:
        await self._ended.wait()

    def end(self) -> None:
        """End, from whichever thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as uvicorn calls it
        self.end()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._close()
        for listening in sockets or []:
            listening.close()

    async def _close(self) -> None:
        """Stop listening and cut every connection.

        Asyncio would lose a connection that it has accepted but not handed over when its server closes: so it first
        stops accepting, and gets the turns to hand over.
        """
        loop = asyncio.get_running_loop()
        for listening in [listening for server in self.servers for listening in server.sockets]:
            with suppress(NotImplementedError):  # on Windows, where nothing lies between accepting and handing over
                loop.remove_reader(listening)
        await _some_turns()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, _Connection):
                connection.transport.abort()
        await _some_turns()

    def _stop(self, seconds: float) -> None:
        if self._pauses:  # two requests can hit the same fault before the first pause has closed the door
            return
        self._back_at = self._elapsed() + seconds
        pause = asyncio.get_running_loop().create_task(self._pause(self._back_at))
        self._pauses.add(pause)
        pause.add_done_callback(self._pauses.discard)

    async def _pause(self, until: float) -> None:
        """Be gone until so many seconds since the start have passed; a clock that is made up may jump there."""
        await self._close()
        while (left := until - self._elapsed()) > 0 and not self.should_exit:  # noqa: ASYNC110 - a clock tells nobody
            await asyncio.sleep(min(left, _LOOK_AGAIN_SECONDS))
        if not self.should_exit:
            await super().startup([_listen(self.port)])
        self._back_at = None

    @property
    def is_overdue(self) -> bool:
        """Whether it still refuses connections though that time is over."""
        return (back_at := self._back_at) is not None and back_at <= self._elapsed()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on Ctrl-C and SIGTERM without raising the signal again: being ended is how a simulator ends well."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def _some_turns() -> None:
    """Let the event loop do what it has begun."""
    for _ in range(10):
        await asyncio.sleep(0)


def _listen(port: int) -> socket.socket:
    """A listening socket that names its protocol: asyncio sends at once (no Nagle) only where it can see that it is TCP."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere the option would let two servers share a port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def serve(
    *, port: int = 0, token: str, secret: str, seed: Path | None, dialect: Path | None = None, options: Mapping[str, object]
) -> None:
    """Serve on loopback until Ctrl-C or SIGTERM; one line tells the address once connections are taken.

    `port` 0 takes a free one; `options` come before those of the file `dialect`. Raises BadInput for a seed or an option
    that cannot be, OSError for a port that is taken or a file that cannot be read.
    """
    records = _read_seed(seed) if seed else Records()
    spoken = changed(Options(), read_dialect(dialect)) if dialect else Options()
    simulator = Simulator(token, secret, records, changed(spoken, dict(options)))
    _Server(simulator, port, _tell).work()


def _read_seed(seed: Path) -> Records:
    try:
        return read_records(read_json(seed))
    except BadInput as error:
        raise BadInput(f"{seed}: {error}") from None


def _tell(url: str) -> None:
    sys.stdout.write(f"simulator ready on {url}\n")
    sys.stdout.flush()


class Running:
    """A simulator at work in a thread of its own. What is asked of it happens between two requests."""

    def __init__(self, simulator: Simulator, server: _Server, loop: asyncio.AbstractEventLoop) -> None:
        self.url = server.url
        self.token = simulator.token
        self.secret = simulator.secret
        self._simulator = simulator
        self._server = server
        self._loop = loop

    def state(self) -> dict[str, object]:
        """The state as it is now (shape: contracts, "Simulator")."""
        return self._ask(lambda: write_records(self._simulator.records))

    def log(self) -> list[dict[str, object]]:
        """Every request so far (shape: contracts, "Simulator")."""
        return self._ask(lambda: write_log(self._simulator.log))

    def put_state(self, state: Mapping[str, object]) -> None:
        """Replace the state. Raises BadInput."""
        self._ask(lambda: put_state(self._simulator, dict(state)))

    def put_faults(self, faults: Sequence[Mapping[str, object]]) -> None:
        """Replace the fault rules; an empty list clears them. Raises BadInput."""
        self._ask(lambda: put_faults(self._simulator, [dict(rule) for rule in faults]))

    def put_options(self, options: Mapping[str, object]) -> None:
        """Change the given options. Raises BadInput."""
        self._ask(lambda: put_options(self._simulator, dict(options)))

    def go_forward(self, seconds: float) -> None:
        """Let time pass for the log, the rate, reads that lag and a server that is gone, at once."""
        self._ask(lambda: self._simulator.go_forward(seconds))

    def await_return(self) -> None:
        """Wait until it takes connections again, where it should by its clock."""
        while self._server.is_overdue:
            time.sleep(_LOOK_AGAIN_SECONDS / 10)

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        answer: Future[Answer] = Future()

        def ask() -> None:
            try:
                answer.set_result(question())
            except Exception as error:  # noqa: BLE001 - belongs to the asking thread
                answer.set_exception(error)

        self._loop.call_soon_threadsafe(ask)
        return answer.result(_START_SECONDS)


@contextmanager
def running(
    seed: Mapping[str, object] | None = None,
    *,
    token: str = DEFAULT_TOKEN,
    secret: str = DEFAULT_SECRET,
    options: Mapping[str, object] | None = None,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> Iterator[Running]:
    """A simulator on a free loopback port for as long as the block lasts.

    `clock` counts the seconds of the log, of `rate_per_minute` and of `read_lag_s`, `wall` tells the seconds since 1970
    that timestamps are held against; both can be made up. Raises BadInput for a seed or an option that cannot be.
    """
    records = read_records(dict(seed)) if seed is not None else Records()
    simulator = Simulator(token, secret, records, changed(Options(), dict(options or {})), clock=clock, wall=wall)
    loops: Future[asyncio.AbstractEventLoop] = Future()
    server = _Server(simulator, 0, lambda _: loops.set_result(asyncio.get_running_loop()))
    thread = threading.Thread(target=server.work, name="simulator", daemon=True)
    thread.start()
    try:
        yield Running(simulator, server, loops.result(_START_SECONDS))
    finally:
        server.end()
        thread.join()
