"""uvicorn with bounds on connections: how many, how long each may be idle or take no bytes; and an end that answers everybody.

uvicorn has a bound for a connection that is kept after an answer, but none for one that sends no request, a byte of it now and then, a
body after its answer, or takes no bytes of what is sent.
"""

import asyncio
import logging
import signal
import socket
from contextlib import suppress
from functools import partial

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ocr_crnn.commands.serve.problems import Problem

IDLE_S = 10  # in which the head of a request comes, and what is left of a body that was refused
LONGEST_HEAD = 2**15  # bytes of the head of a request
OPEN_FILES = 4096
LOUD = ("asyncio", "uvicorn", "python_multipart")  # loggers: they tell tracebacks, bytes of forms, and what somebody asked for
AFTER_S = 10  # for the answers, when the pool has ended


class BoundedProtocol(H11Protocol):
    """limits: Limits."""

    def __init__(self, *args, limits, **kwargs):
        super().__init__(*args, **kwargs)
        self.limits, self._idle, self._stuck = limits, None, None

    def connection_made(self, transport):
        super().connection_made(transport)
        self._await_request()
        if len(self.connections) > self.limits.connections:
            detail = f"At most {self.limits.connections:,} connections are open. Received: one more. Ask again soon."
            self._refuse(Problem(503, "connections", detail, {"retry-after": "5"}))

    def connection_lost(self, exc):
        for name in ("_idle", "_stuck"):
            self._stop(name)
        super().connection_lost(exc)

    def data_received(self, data):
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop("_idle")
        else:
            self._await_request()

    def on_response_complete(self):
        self._stop("_idle")
        self._await_request()
        super().on_response_complete()

    def pause_writing(self):
        super().pause_writing()
        self._stuck = self._stuck or self.loop.call_later(self.limits.client_s, self.transport.abort)

    def resume_writing(self):
        self._stop("_stuck")
        super().resume_writing()

    def send_400_response(self, msg):
        """What is no HTTP."""
        self._refuse(Problem(400, "http", "A request is HTTP/1.1. Received: something else. Ask with an HTTP client."))

    def _await_request(self):
        """From here on, until a request is whole or the connection is lost; more bytes of one do not prolong it."""
        self._idle = self._idle or self.loop.call_later(IDLE_S, self.transport.abort)

    def _stop(self, name):
        timer = getattr(self, name)
        if timer is not None:
            timer.cancel()
            setattr(self, name, None)

    def _refuse(self, problem):
        body = problem.body()
        head = [f"HTTP/1.1 {problem.status} refused", f"content-length: {len(body)}", "connection: close"]
        head += [f"{name}: {value}" for name, value in problem.head().items()]
        self.transport.write("\r\n".join([*head, "", ""]).encode() + body)
        self.transport.close()


class Server(uvicorn.Server):
    """on_end: called in the loop when SIGTERM or SIGINT comes for the first time."""

    def __init__(self, config, on_end):
        super().__init__(config)
        self.on_end, self.loop = on_end, None

    async def startup(self, sockets=None):
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig, frame):
        if not self.should_exit and self.loop is not None:
            self.loop.call_soon_threadsafe(self.on_end)
        super().handle_exit(sig, frame)


def listen(host, port):
    """A socket that listens. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=512)


def run(app, listener, limits, on_end):
    """Answer until a signal comes, and what was accepted then; returns where all is answered or limits.drain_s is over."""
    raise_open_files()
    for name in LOUD:
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    config = uvicorn.Config(
        app, http=partial(BoundedProtocol, limits=limits), ws="none", loop="asyncio", lifespan="on", log_config=None, access_log=False,
        server_header=False, h11_max_incomplete_event_size=LONGEST_HEAD, timeout_graceful_shutdown=round(limits.drain_s + AFTER_S),
        proxy_headers=False,
    )  # fmt: skip
    server = Server(config, on_end)
    for number in (signal.SIGTERM, signal.SIGINT):  # before uvicorn takes them, and after: it raises them again, and the end is a good one
        signal.signal(number, server.handle_exit)
    server.run([listener])


def raise_open_files():
    """As far as is needed and allowed: every connection is an open file."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
