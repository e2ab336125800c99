"""One HTTP exchange with a server that nobody vouches for: bounded in bytes and in time, and with no other host than the one named."""

import socket
import threading
import zlib
from contextlib import closing, suppress
from typing import NamedTuple

import requests
from requests.adapters import HTTPAdapter

from ocr_crnn.formats.files import plain_text
from ocr_crnn.names import hide_passwords

MAX_BYTES = 32 * 2**20  # of an answer, unpacked; a page of 200,000 characters takes 14 million
LONGEST_S = 86_400.0  # that anybody may wait
PART = 2**16
SAID = 300  # characters of what a server says that are passed on


class Answer(NamedTuple):
    """status: of HTTP. contents: bytes, unpacked. elsewhere: where a redirect leads, None without one."""

    status: int
    contents: bytes
    elsewhere: str | None


class TooLargeError(Exception):
    """An answer beyond MAX_BYTES, or packed so that nobody can tell."""


def ask_http(url, seconds, body=None):
    """POST `body` as JSON, or GET without one → Answer. No redirect is followed.

    seconds: for all of it, from the name of the host to the last byte. Raises TimeoutError when they are over, TooLargeError, and
    requests.RequestException as `requests` does.
    """
    wires = Wires()
    try:
        return run_within(seconds, lambda: _exchange(url, seconds, body, wires), wires.cut)
    except TimeoutError as error:
        if not wires.were_there:
            raise requests.ConnectTimeout("no connection") from error
        raise


def run_within(seconds, work, give_up):
    """What `work()` returns or raises; TimeoutError if it takes longer, after `give_up()`, which should make it end.

    A server that sends a byte now and then satisfies every timeout of a socket, so the whole is waited for, in a thread.
    """
    outcome = []

    def run():
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
        if thread.is_alive():  # asked before it is cut off: what that leads to is no outcome
            raise TimeoutError
    finally:
        give_up()
    ((result, error),) = outcome
    if error is not None:
        raise error
    return result


class Wires:
    """The sockets of an exchange, so that another thread can end it, whatever it waits for."""

    def __init__(self):
        self.kept, self.is_cut, self.were_there, self.lock = [], False, False, threading.Lock()

    def add(self, wire):
        with self.lock:
            if self.is_cut:
                wire.close()
                raise TimeoutError
            self.were_there = True
            self.kept.append(wire.dup())  # the wire itself goes into that of TLS
        return wire

    def cut(self):
        with self.lock:
            self.is_cut = True
            for wire in self.kept:
                with suppress(OSError):  # it is closed at the other end
                    wire.shutdown(socket.SHUT_RDWR)
                wire.close()
            self.kept.clear()


def _exchange(url, seconds, body, wires):
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(wires))
        headers = {"Accept-Encoding": "gzip"}
        options = {"headers": headers, "timeout": seconds, "stream": True, "allow_redirects": False}
        with closing(session.request("GET" if body is None else "POST", url, json=body, **options)) as response:
            elsewhere = response.headers.get("Location") if 300 <= response.status_code < 400 else None
            return Answer(response.status_code, b"" if elsewhere else _read(response), elsewhere)


def _read(response):
    """The unpacked bytes of a body. Only what was asked for is unpacked, part by part and no further than MAX_BYTES."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip", ""):
        raise TooLargeError(f"an answer packed as {plain_text(packing[:20])}")
    unpack = zlib.decompressobj(31) if packing == "gzip" else None
    contents, received = bytearray(), 0
    for part in response.raw.stream(PART, decode_content=False):
        received += len(part)
        contents += unpack.decompress(part, MAX_BYTES + 1 - len(contents)) if unpack else part
        if max(received, len(contents)) > MAX_BYTES:
            raise TooLargeError(f"an answer of more than {MAX_BYTES // 2**20} MB")
    return bytes(contents)


class _Adapter(HTTPAdapter):
    """Of requests; the sockets of its connections are added to `wires`, through proxies too."""

    def __init__(self, wires):
        self.wires = wires
        super().__init__()

    def get_connection_with_tls_context(self, *args, **kwargs):
        pool, wires = super().get_connection_with_tls_context(*args, **kwargs), self.wires

        class Kept(pool.ConnectionCls):
            def _new_conn(self):
                return wires.add(super()._new_conn())

        pool.ConnectionCls = Kept
        return pool


def said(value):
    """The beginning of what a server says, as one line that a terminal can show."""
    text = str(value)
    return hide_passwords(plain_text(text[:SAID])) + ("…" if len(text) > SAID else "")
