"""Servers that mean no good, or have lost their wits: one clear error for the page, within the time, and nothing of it is kept."""

import gzip
import itertools
import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from stub_server import WHITE, answer_for

from ocr_crnn.serving import bounded, client
from ocr_crnn.serving.transport import ServerError, parse_server

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def raw_server(say):
    """A server that sends what `say()` yields, part by part, to whoever connects: the requests it was sent, and its URL."""
    listener, asked = socket.create_server(("127.0.0.1", 0)), []

    def serve():
        while True:
            try:
                wire = listener.accept()[0]
            except OSError:  # closed
                return
            with wire:
                try:
                    asked.append(wire.recv(2**16))
                    for part in say():
                        wire.sendall(part)
                    wire.shutdown(socket.SHUT_WR)
                    while wire.recv(2**16):  # the rest of what was asked, or the answer would be taken back
                        pass
                except OSError:  # the client has had enough
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield asked, f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def drip(begin, part):
    yield begin
    for _ in range(200):
        time.sleep(0.05)
        yield part


def packed(contents, packing="gzip"):
    yield HEAD + f"Content-Encoding: {packing}\r\nContent-Length: {len(contents)}\r\n\r\n".encode() + contents


BOMB = gzip.compress(bytes(2**25))
LATE = r"nothing whole from .* within 0.4 s"
LONG = json.dumps({"error": "\x1b[2J" + "a" * 10**6}).encode()
HOSTILE = {
    "drips headers": (lambda: drip(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"), LATE),
    "drips its body": (lambda: drip(HEAD + b"Content-Length: 900\r\n\r\n", b"{"), LATE),
    "never answers": (lambda: drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
    "never ends": (lambda: itertools.chain([HEAD + b"\r\n"], itertools.repeat(b"[" * 2**16)), "at most 1 MB. Received: .*more than 1 MB"),
    "packs a bomb": (lambda: packed(BOMB), "at most 1 MB. Received: .*more than 1 MB"),
    "packs otherwise": (lambda: packed(BOMB, "br"), "an answer packed as br"),
    "packs wrongly": (lambda: packed(b"no gzip"), "at most 1 MB. Received: Error -3"),
    "breaks off": (lambda: [HEAD + b"Content-Length: 900\r\n\r\n{"], "nothing whole from"),
    "speaks another language": (lambda: [b"SSH-2.0-OpenSSH_9.6\r\n"], "nothing from"),
    "nests": (lambda: [HEAD + b"\r\n", b"[" * 100_000], "something else from http.* Name another"),
    "counts far": (lambda: [HEAD + b"\r\n", b'{"outputs": ' + b"9" * 5000 + b"}"], "something else"),
    "is no object": (lambda: [HEAD + b"\r\n", b'{"outputs": [1]}'], "no outputs. Is it a model"),
    "complains at length": (lambda: [HEAD + b"\r\n", LONG], "Received: status 200.*\ufffd.*a…"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_servers_end_in_one_error(kind, monkeypatch):
    monkeypatch.setattr(bounded, "MAX_BYTES", 2**20)
    monkeypatch.setattr("ocr_crnn.serving.transport.MAX_BYTES", 2**20)
    say, message = HOSTILE[kind]
    before = set(threading.enumerate())
    with raw_server(say) as (_, url):
        before |= set(threading.enumerate())
        timeout_s = 0.4 if "within" in message else 20
        with pytest.raises(ServerError, match=f"Received: .*{message}" if "Received" not in message else message) as caught:
            client.read_remote(WHITE, url, timeout_s=timeout_s, retries=0)
        assert len(str(caught.value)) < 800
        for thread in set(threading.enumerate()) - before:  # what waited for the server has been ended
            thread.join(10)
            assert not thread.is_alive()


def test_an_answer_may_be_packed():
    answer = json.dumps({"outputs": answer_for([WHITE], "serving_default")}).encode()
    with raw_server(lambda: packed(gzip.compress(answer))) as (_, url):
        assert list(client.read_remote(WHITE, url).texts) == ["안녕", "하세요", "둘"]


def test_no_redirect_is_followed():
    with raw_server(lambda: [HEAD + b"\r\n{}"]) as (other, elsewhere):
        location = elsewhere.replace("http://", "http://me:secret@").encode()
        answer = b"HTTP/1.1 307 X\r\nLocation: " + location + b"/v1\r\nContent-Length: 0\r\n\r\n"
        told = pytest.raises(ServerError, match=f"No redirect is followed.* leads to http://me:…@{elsewhere[7:]}/v1. If it is yours")
        with raw_server(lambda: [answer]) as (_, url), told:
            client.read_remote(WHITE, url)
        assert other == []


def test_all_attempts_together_have_the_time():
    """A server that is always busy is asked as long as there is time for it, however many attempts are allowed."""
    waited = []
    told = pytest.raises(ServerError, match="status 503 .*Asked 3 times within 1.4 s")
    with raw_server(lambda: [b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"]) as (asked, url), told:
        client.read_remote(WHITE, url, timeout_s=1.4, retries=9, sleep=waited.append)
    assert waited == [0.5, 1.0] and len(asked) == 3
    for timeout_s in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="at most 86,400 seconds to answer. Received"):
            client.read_remote(WHITE, url, timeout_s=timeout_s)


def test_a_password_is_sent_and_never_shown():
    with raw_server(lambda: [HEAD + b"\r\n<html>"]) as (asked, url):
        server = url.replace("http://", "http://user:pass%3Aword@")
        with pytest.raises(ServerError) as caught:
            client.connect(server)
        assert "word" not in str(caught.value) and url.removeprefix("http://") in str(caught.value)
        assert b"Authorization: Basic dXNlcjpwYXNzOndvcmQ=" in asked[0]
    with pytest.raises(ServerError) as caught:
        client.connect(server, retries=0)
    assert "word" not in str(caught.value)
    for wrong in ("htp://user:word@host:8500/", "user:word@host", "http://user:word@", "http://me:wo/word@host"):
        with pytest.raises((ValueError, ServerError)) as caught:
            parse_server(wrong)
            client.connect(wrong, retries=0)
        assert "word" not in str(caught.value)
