"""The routes of the service, and their description for OpenAPI."""

import json
import time
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

import ocr_crnn
from ocr_crnn.commands.serve import metrics
from ocr_crnn.commands.serve.asked import FORMATS, IN_FORM_ONLY, OPTIONS
from ocr_crnn.commands.serve.problems import MEDIA_TYPE, Problem, internal
from ocr_crnn.commands.serve.service import GoneError
from ocr_crnn.formats import page_json

READ, QUIET = "/v1/read", ("/healthz", "/readyz", "/metrics")
GONE = 499  # that nobody sees: the client went away
ASSETS = Path(fastapi_offline.__file__).parent / "static"  # Swagger's page without a network
SUMMARY = "한국어 문서를 읽습니다. Reads Korean documents: pictures and PDFs to text, tables and searchable PDFs."
DETAIL = """A picture or a PDF, as the body with its own type or as the file of a form, is read as `ocr-crnn read` reads it.

`OCR-Pages` says how many pages were read, `OCR-Pages-Failed` which were not (`none`, or numbers), `OCR-Pages-Kept` how many pages of a PDF
had text already and were left as they were. Whatever fails is JSON of RFC 9457."""
PROBLEMS = {
    400: "The request is broken: no document, a form that is none.", 406: "`Accept` takes none of the formats.",
    408: "The document did not come in time.", 413: "The document is too large.", 414: "The query is too long.",
    415: "The body is neither a picture, a PDF nor a form.",
    422: "An option is none, or the document cannot be read: damaged, encrypted, too many pages, too many pixels.",
    429: "Too many documents wait; `Retry-After` says for how long.", 500: "The document ended the process that read it.",
    503: "The service starts or ends, or has no room.", 504: "The document took too long to read.",
}  # fmt: skip


def make_app(service, log):
    """The application of ASGI. service: Service. log: called with a line for every request that is not one of QUIET."""

    @asynccontextmanager
    async def lifespan(app):
        service.pool.start()
        yield
        await service.pool.stop()

    app = FastAPI(title="ocr_crnn", version=ocr_crnn.__version__, description=SUMMARY, docs_url=None, redoc_url=None, lifespan=lifespan)

    @app.post(READ, response_class=Response, response_model=None, summary="Read a document", description=DETAIL, tags=["read"],
              openapi_extra=describe(), responses=describe_answers())  # fmt: skip
    async def read(request: Request):
        return await service.read(request, request.scope["notes"])

    add_operations(app, service)
    add_pages(app)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(GoneError, lambda request, error: Response(status_code=GONE))
    app.add_exception_handler(Exception, lambda request, error: respond(internal(error)))
    return Watched(app, service, log)


def add_operations(app, service):
    """What whoever runs it asks."""

    @app.api_route("/healthz", methods=["GET", "HEAD"], summary="Whether the service lives", tags=["run"])
    async def healthz():
        return {"status": "ok"}

    @app.api_route("/readyz", methods=["GET", "HEAD"], summary="Whether it takes documents; 503 if not", tags=["run"])
    async def readyz() -> dict:
        status = "draining" if service.pool.draining else "ok" if service.pool.can_read else "starting"
        return JSONResponse({"status": status}, 200 if status == "ok" else 503)

    @app.get("/metrics", summary="Counts for Prometheus", tags=["run"], response_class=Response, response_model=None)
    async def counts():
        return Response(service.metrics.text(), media_type=metrics.MEDIA_TYPE)

    @app.get("/version", summary="The version", tags=["run"])
    async def version():
        return {"version": ocr_crnn.__version__}


def add_pages(app):
    """The page that describes it all, and the schema of pages."""

    @app.get("/", include_in_schema=False)
    async def start():
        return RedirectResponse("docs")

    @app.get("/docs", include_in_schema=False)
    async def docs():
        script, style, icon = "docs/swagger-ui-bundle.js", "docs/swagger-ui.css", "docs/favicon.png"
        return get_swagger_ui_html(
            openapi_url="openapi.json", title=app.title, swagger_js_url=script, swagger_css_url=style, swagger_favicon_url=icon
        )

    @app.get("/page.schema.json", summary="The JSON Schema of a page", tags=["read"])
    async def schema():
        return page_schema()

    app.mount("/docs", StaticFiles(directory=ASSETS))


@cache
def page_schema():
    return json.loads(Path(page_json.__file__).with_name("page.schema.json").read_text(encoding="utf-8"))


def describe():
    """The options and the body of a request to read."""
    text, binary = {"type": "string"}, {"schema": {"type": "string", "format": "binary"}}
    options = {name: {"type": "string", "description": what} for name, what in OPTIONS.items()}
    form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}, **options}, "required": ["file"]}
    query = [
        {"name": name, "in": "query", "description": what, "schema": text | ({"enum": [*FORMATS]} if name == "format" else {})}
        for name, what in OPTIONS.items() if name not in IN_FORM_ONLY
    ]  # fmt: skip
    content = {"multipart/form-data": {"schema": form}, "application/pdf": binary, "image/*": binary, "application/octet-stream": binary}
    return {"parameters": query, "requestBody": {"required": True, "content": content}}


def describe_answers():
    error = {"type": "object", "properties": {"page": {"type": ["integer", "null"]}, "message": {"type": "string"}}}
    page = {"type": "object", "description": f"A page, JSON of the schema {page_json.SCHEMA}: see /page.schema.json."}
    pages = {"pages": {"type": "array", "items": page}, "errors": {"type": "array", "items": error}, "schema": {"type": "string"}}
    content = {media: {"schema": {"type": "string"}} for media in FORMATS.values()}
    content["application/json"] = {"schema": {"type": "object", "properties": pages}}
    texts = {name: {"type": "string"} for name in ("type", "title", "detail")}
    problem = {"type": "object", "properties": texts | {"status": {"type": "integer"}}}
    problems = {code: {"description": what, "content": {MEDIA_TYPE: {"schema": problem}}} for code, what in PROBLEMS.items()}
    return {200: {"description": "What was read.", "content": content}, **problems}


def respond(problem):
    return Response(problem.body(), problem.status, problem.head())


async def answer_problem(request, problem):
    request.scope["notes"]["reason"] = problem.code
    return respond(problem)


async def answer_http_error(request, error):
    """Of a path or a method that is none."""
    request.scope["notes"]["reason"] = "http"
    what = f"A request is for one of the paths of /docs. Received: {request.method} {request.url.path[:80]}. Correct it: POST {READ} reads."
    return respond(Problem(error.status_code, "http", what, dict(error.headers or {})))


class Watched:
    """The application, counted; nothing that goes wrong in it goes further, or is told but by its kind and place."""

    def __init__(self, app, service, log):
        self.app, self.service, self.log = app, service, log

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        scope["notes"], began = {"format": "none", "pages": 0, "bytes": 0, "status": None, "sent": 0}, time.monotonic()
        notes, counts = scope["notes"], self.service.metrics

        async def counted(message):
            if message["type"] == "http.response.start":
                notes["status"] = message["status"]
            notes["sent"] += len(message.get("body", b""))
            await send(message)

        reads = scope["path"] == READ
        if reads:
            counts.in_flight.inc()
        try:
            await self.app(scope, receive, counted)
        except Exception as error:
            self.log(f"{type(error).__name__} at {_place(error)}")
            if notes["status"] is None:
                await respond(internal(error))(scope, receive, counted)
            elif notes["status"] < 500:  # it had begun; the connection is closed
                raise RuntimeError from None
        finally:
            if reads:
                counts.in_flight.dec()
                self._count(notes, time.monotonic() - began)
            if scope["path"] not in QUIET:
                self.log(_line(scope, notes, time.monotonic() - began))

    def _count(self, notes, seconds):
        counts = self.service.metrics
        if notes["status"] in (None, GONE):
            counts.tell("gone", 1)
            return
        counts.tell("requests", 1, str(notes["status"]), notes["format"])
        if notes["status"] >= 400:
            counts.tell("refused", 1, notes.get("reason", "internal"))
        counts.tell("request_seconds", seconds)
        counts.tell("bytes_out", notes["sent"])


def _line(scope, notes, seconds):
    """One of the log: what happened, and nothing of the document or of what was asked."""
    where = scope["path"] if scope["path"] == READ else "other"
    return (
        f"{scope['method'] if scope['method'].isalpha() else '?'} {where} {notes['status'] or GONE} {notes['format']} "
        f"pages={notes['pages']} in={notes['bytes']} out={notes['sent']} s={seconds:.2f}"
    )


def _place(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
