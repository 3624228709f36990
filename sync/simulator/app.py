"""The simulator's routes: the API under both channels, and the control under `/_simulator`."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from sync.simulator.calls import write_log
from sync.simulator.choices import DateHeader, Redirect
from sync.simulator.envelopes import gzipped_if_asked
from sync.simulator.faults import Faults, read_faults, write_faults
from sync.simulator.options import changed, write_options
from sync.simulator.protocol import BadInput, a_number, an_object
from sync.simulator.records import read_records, write_records
from sync.simulator.simulator import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from sync.simulator.simulator import HttpReply, Simulator

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
