"""The HTTP server on 127.0.0.1, which faults can make misbehave."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .answer import Answer, ServiceError, json_answer
from .faults import BEFORE, JOB_FATES, Fault
from .job import with_nan

PREFIX = "/experimental/api/v1"  # the client takes a url as it is only if "experimental" is in it

Answering = Callable[[str, dict[str, list[str]], bytes, str, str, Fault | None], Answer]


@dataclass(frozen=True)
class Request:
    """A line of the log; ``status`` is None if no answer was sent."""

    method: str
    path: str
    query: dict[str, list[str]]
    status: int | None
    time: float


class Server(ThreadingHTTPServer):
    """Listens until it is stopped; then its open connections are closed as well.

    Args:
        port: 0 for any free one.
        respond: answers a request: its "METHOD path", query, body, Authorization and instance.
        take_fault: the fault for a request.
        note: takes the log's lines.
        revoke: makes all access tokens worthless.
    """

    daemon_threads = True

    def __init__(
        self,
        port: int,
        respond: Answering,
        take_fault: Callable[[str], Fault | None],
        note: Callable[[str, str, dict[str, list[str]], int | None], None],
        revoke: Callable[[], None],
    ):
        self.respond, self.take_fault, self.note, self.revoke = respond, take_fault, note, revoke
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="stand-in server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                _shut(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that goes away is no error
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def _serve(self) -> None:
        url = urlsplit(self.path)
        path, query = url.path.removeprefix(PREFIX), parse_qs(url.query)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = f"{self.command} {path}"
        fault = self.server.take_fault(request)
        if fault and fault.kind in BEFORE:
            answer = self._fail(fault)
        else:
            if fault and fault.kind == "slow":
                self._pause(fault)
            fate = fault if fault and fault.kind in JOB_FATES else None
            who = self.headers.get("Authorization", ""), self.headers.get("Service-CRN", "")
            answer = self.server.respond(request, query, body, *who, fate)
            if fault:
                answer = _spoilt(fault, answer)
            if fault and fault.kind == "hang_after":
                self._pause(fault)
        self.server.note(self.command, path, query, answer.status if answer else None)
        if answer:
            self._send(answer)
        else:
            self.close_connection = True
            _shut(self.connection)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the library's names

    def _fail(self, fault: Fault) -> Answer | None:
        """What is answered in place of what was asked for; None to drop the connection."""
        if fault.kind == "hang":
            self._pause(fault)
        if fault.kind in {"hang", "drop"}:
            return None
        if fault.kind == "retry_429":
            answer = ServiceError(429, 1429, "Too many requests.", "Wait and try again.").answer()
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return Answer(answer.status, answer.body, answer.headers | headers)
        if fault.kind == "unauthorized":
            self.server.revoke()
            return ServiceError(401, 1200, "The access token is not valid.", "Log in again.").answer()
        return _status(fault)

    def _pause(self, fault: Fault) -> None:
        self.server.stopping.wait(5.0 if fault.seconds is None else fault.seconds)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing: the log of requests is kept elsewhere."""


def _spoilt(fault: Fault, answer: Answer) -> Answer | None:
    """An answer to what has taken effect, after a fault."""
    if fault.kind == "status_after":
        return _status(fault)
    if fault.kind in {"drop_after", "hang_after"}:
        return None
    if fault.kind == "unlisted":
        return json_answer({"jobs": [], "count": 0})
    bodies = {
        "empty_body": b"",
        "cut_body": answer.body[: len(answer.body) // 2],
        "other_body": (fault.reason or "").encode(),
    }
    if fault.kind == "nan_body":
        return Answer(answer.status, with_nan(answer.body), answer.headers)
    return Answer(answer.status, bodies.get(fault.kind, answer.body), answer.headers)


def _status(fault: Fault) -> Answer:
    code = fault.code or 503
    return json_answer(
        {"errors": [{"code": code, "message": fault.reason or "The service failed.", "solution": "Try later."}]}, code
    )


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already
