"""A request to read, from its first byte to its answer."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from starlette.responses import Response

from ocr_crnn.commands.serve.asked import FORMATS, parse_options, parse_query
from ocr_crnn.commands.serve.problems import Problem
from ocr_crnn.commands.serve.upload import Counted, make_sink, require_length
from ocr_crnn.commands.serve.worker import UPLOAD

BLOCK = 2**16  # bytes of an answer that are sent at a time
LEFT_S = 5  # that uploads have when the service is told to end
AS_FILES = ("pdf", "html", "xlsx", "csv")  # that a browser keeps and does not show
SAFE = {"x-content-type-options": "nosniff", "cache-control": "no-store", "content-security-policy": "sandbox; default-src 'none'"}


class GoneError(Exception):
    """The client went away."""


class Service:
    """limits: Limits. pool: Pool. metrics: Metrics. folder: where documents lie while they are read, one folder each."""

    def __init__(self, limits, pool, metrics, folder):
        self.limits, self.pool, self.metrics, self.folder = limits, pool, metrics, folder
        self.uploads = set()  # of asyncio.Timeout
        metrics.watch(pool, self.uploads)

    async def read(self, request, notes):
        """The response to a request of Starlette. notes: a dict that learns the format, pages and bytes. Raises Problem and GoneError."""
        self.pool.admit()
        query, accept = parse_query(request.scope["query_string"]), request.headers.get("accept")
        notes["format"] = parse_options(query, accept, self.limits).kind  # before the document comes, which may be long
        require_length(request.headers, self.limits.bytes)
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            fields = await self._receive(request, folder / UPLOAD, notes)
            asked = parse_options([*query, *fields], accept, self.limits)
            notes["format"] = asked.kind
            task = asked.task() | {"folder": str(folder), "pages_allowed": self.limits.pages}
            answer = await _unless_gone(request.receive, self.pool.read(task))
            return self._respond(answer, asked.kind, folder, notes)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)  # the process that reads it sees that nobody waits
            raise

    def drain(self):
        """Take on nothing more, and finish what is here."""
        self.pool.drain()
        soon = asyncio.get_running_loop().time() + LEFT_S
        for bound in self.uploads:
            bound.reschedule(min(bound.when(), soon))

    async def _receive(self, request, path, notes):
        """The options that came with a document, which goes to a file."""
        if len(self.uploads) >= self.limits.uploads:
            detail = f"At most {self.limits.uploads:,} documents come in at a time. Received: one more. Ask again soon."
            raise Problem(429, "uploads-full", detail, {"retry-after": "5"})
        try:
            with open(path, "wb") as stream:
                sink = Counted(make_sink(request.headers.get("content-type"), stream), self.limits.bytes)
                try:
                    await self._fill(request.receive, sink)
                finally:
                    notes["bytes"] = sink.bytes
                    self.metrics.tell("bytes_in", sink.bytes)
                return sink.end()
        except OSError as error:
            detail = f"There has to be room for a document. Received: {error.strerror}. Ask again later."
            raise Problem(503, "no-room", detail, {"retry-after": "30"}) from None

    async def _fill(self, receive, sink):
        bound = asyncio.timeout(self.limits.client_s)
        try:
            async with bound:
                self.uploads.add(bound)
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise GoneError
                    sink.write(message.get("body", b""))
                    more = message.get("more_body", False)
        except TimeoutError:
            self.pool.admit()  # if it ends, that is why
            rule = f"A request comes in {self.limits.client_s:g} seconds."
            detail = f"{rule} Received: {sink.bytes:,} bytes in this time. Send it faster, or less."
            raise Problem(408, "slow", detail) from None
        finally:
            self.uploads.discard(bound)

    def _respond(self, answer, kind, folder, notes):
        if "problem" in answer:
            raise Problem(*answer["problem"])
        failed = sorted({page for page, _ in answer["errors"] if page is not None})
        notes["pages"] = answer["read"]
        self.metrics.tell("failed_pages", len(failed))
        if answer["file"] is None:
            why = answer["errors"][0][1] if answer["errors"] else "A document holds pages. Received: none. Correct the pages asked for."
            raise Problem(422, "unreadable", why)
        headers = {**SAFE, "content-type": FORMATS[kind] + "; charset=utf-8" * FORMATS[kind].startswith("text/")}
        headers |= {"ocr-pages": str(answer["read"]), "ocr-pages-failed": ",".join(map(str, failed)) or "none"}
        if answer["kept"]:
            headers["ocr-pages-kept"] = str(answer["kept"])
        if kind in AS_FILES:
            headers["content-disposition"] = f'attachment; filename="{answer["file"]}"'
        return FileAnswer(folder, answer["file"], headers)


class FileAnswer(Response):
    """A file as an answer; its folder goes with the last byte, or with the client."""

    def __init__(self, folder, name, headers):
        self.folder, self.path, self.background, self.status_code = folder, folder / name, None, 200
        self.init_headers({**headers, "content-length": str(self.path.stat().st_size)})

    async def __call__(self, scope, receive, send):
        try:
            with open(self.path, "rb") as stream:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                while block := stream.read(BLOCK):
                    await send({"type": "http.response.body", "body": block, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


async def _unless_gone(receive, reading):
    """The result of a coroutine, which is cancelled where the client goes away. Raises GoneError."""
    reading, gone = asyncio.ensure_future(reading), asyncio.ensure_future(_until_gone(receive))
    try:
        await asyncio.wait({reading, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            raise GoneError
        return reading.result()
    finally:
        for task in (reading, gone):
            task.cancel()
        await asyncio.gather(reading, gone, return_exceptions=True)


async def _until_gone(receive):
    while (await receive())["type"] != "http.disconnect":
        pass
