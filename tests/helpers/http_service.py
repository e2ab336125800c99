"""A service of quick readers in a process of its own, and clients that say exactly what they send: for tests over loopback."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import typer
from readers import ToneReader, oracle_reader

HELPERS, ROOT = Path(__file__).parent, Path(__file__).parents[2]
HANGS, CRASHES, GATED = 66, 99, 77  # tones of pages
LONGEST_S = 60
SMALL = {"bytes": 300_000, "pages": 3, "pixels": 2_000_000, "page_s": 60, "document_s": 60, "client_s": 2, "waiting": 2, "uploads": 8,
         "connections": 60, "drain_s": 3}  # fmt: skip


class Reader(ToneReader):
    """Reads the sample page as it is, others by their tone: one waits until a file is there, one never ends, one ends the process."""

    def __init__(self):
        self.oracle = oracle_reader()

    def read_page(self, pixels):
        if pixels.shape[0] > 1000:
            return self.oracle.read_page(pixels)
        tone = int(pixels[0, 0, 0])
        if tone == CRASHES:
            os.abort()
        ends = time.monotonic() + LONGEST_S
        while tone == GATED and not Path(os.environ["GATE"]).exists() and time.monotonic() < ends:
            time.sleep(0.01)
        time.sleep(600 * (tone == HANGS))
        return super().read_page(pixels)


def make_readers():
    reader = Reader()
    return lambda stages: reader


def fail_to_make():
    raise ValueError("A preset is there. Received: none.")


def main(make, limits):
    """What `Serving` runs."""
    from ocr_crnn.commands.serve import asked, command, server

    server.IDLE_S = 1.5
    made_of = {"make": f"http_service:{make}", "arguments": {}, "pixels": limits["pixels"]}
    try:
        sys.exit(command.run_service("127.0.0.1", 0, 1, asked.Limits(**limits), made_of))
    except typer.Exit as left:
        sys.exit(left.exit_code)


class Serving:
    """A service, ended at the end of the block. lines: what it has said. gate: the file that pages of GATED wait for."""

    def __init__(self, make="make_readers", wait=True, **limits):
        code = f"import http_service; http_service.main({make!r}, {SMALL | limits!r})"
        paths = os.pathsep.join([str(HELPERS), str(ROOT)])
        self.folder = tempfile.TemporaryDirectory()
        self.gate = Path(self.folder.name) / "gate"
        environment = {**os.environ, "PYTHONPATH": paths, "GATE": str(self.gate), "TMPDIR": self.folder.name}
        self.process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
        self.lines = [self.process.stderr.readline()]
        self.port = int(re.search(r":(\d+),", self.lines[0])[1])
        while wait and "reads documents" not in self.lines[-1]:
            self.lines.append(self.process.stderr.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        self.folder.cleanup()

    def end(self, number=signal.SIGTERM):
        """(exit code, all that it said) after a signal; the gate opens when it takes nothing more."""
        self.process.send_signal(number)
        while self.takes():
            time.sleep(0.02)
        self.gate.touch()
        rest = self.process.communicate(timeout=60)[1]
        return self.process.returncode, "".join(self.lines) + rest

    def takes(self):
        try:
            self.connect().close()
        except ConnectionError:
            return False
        return True

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def begin(self, body, query="", kind="image/png", **headers):
        """A socket over which a whole request was sent."""
        client = self.connect()
        head = {"content-type": kind, "content-length": str(len(body))}
        head |= {name.replace("_", "-"): value for name, value in headers.items()}
        client.sendall(head_of(f"POST /v1/read{query}", head) + body)
        return client

    def ask(self, body, query="", kind="image/png", **headers):
        """(status, headers, body) of the answer to a request."""
        with self.begin(body, query, kind, **headers) as client:
            return take(client)

    def get(self, path):
        with self.connect() as client:
            client.sendall(head_of(f"GET {path}", {}))
            return take(client)

    def count(self, name):
        """The value of a metric, summed over its labels."""
        text = self.get("/metrics")[2].decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE))

    def wait_for(self, name, value):
        ends = time.monotonic() + 60
        while self.count(name) != value:
            if time.monotonic() > ends:
                raise TimeoutError(f"{name} is {self.count(name)}")
            time.sleep(0.02)


def head_of(request, headers):
    lines = [f"{request} HTTP/1.1", "host: here", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def take(client):
    """(status, headers, body) of the next answer; None where the connection ends without one."""
    stream = client.makefile("rb")
    first = stream.readline()
    if not first:
        return None
    headers = {}
    while line := stream.readline().strip():
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    return int(first.split()[1]), headers, stream.read(int(headers.get("content-length", 0)))


def form(fields, contents=None, boundary="edge", name="page.png"):
    """The body of a form, and its type."""
    parts = [f'--{boundary}\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
    if contents is not None:
        head = f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\ncontent-type: image/png\r\n\r\n'
        parts.append(head.encode() + contents + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def detail_of(answer):
    """What a Problem says."""
    return json.loads(answer[2])["detail"]
