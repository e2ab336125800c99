"""`ocr-crnn serve`: reading over HTTP."""

import os
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail
from ocr_crnn.commands.read.command import parse_mask
from ocr_crnn.extras import MissingExtraError
from ocr_crnn.reading.stages import STAGES_BY_NAME

NAMES = ",".join(STAGES_BY_NAME)
PACKAGES = ("fastapi", "fastapi_offline", "uvicorn", "h11", "python_multipart", "prometheus_client", "starlette")
LOAD = "ocr_crnn.commands.serve.worker:load_readers"


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at. There is no authentication: leave others to a proxy.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for a free one, which is printed.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that read a document at a time; each holds the networks.")] = 1,
    queue: Annotated[int, typer.Option(min=0, max=10_000, help="Documents that wait; one more is refused with 429.")] = 16,
    max_mb: Annotated[float, typer.Option(min=0.001, max=4000, help="Megabytes of a request.")] = 50,
    max_pages: Annotated[int, typer.Option(min=1, max=10_000, help="Pages of a request.")] = 50,
    max_megapixels: Annotated[float, typer.Option(min=0.01, max=140, help="Of a page: 70 is an A1 sheet at 300 dpi, and 1 GB.")] = 70,
    max_dpi: Annotated[float, typer.Option(min=30, max=1200, help="At which a request may have pages of PDFs looked at.")] = 400,
    page_seconds: Annotated[float, typer.Option(min=1, help="In which a page is read; then it is cut off.")] = 60,
    seconds: Annotated[float, typer.Option(min=1, help="In which a document is read; then it is cut off.")] = 300,
    client_seconds: Annotated[float, typer.Option(min=1, help="In which a client sends its document, or takes a part of the answer.")] = 60,
    drain: Annotated[float, typer.Option(min=0, help="Seconds in which what was accepted is finished on SIGTERM.")] = 30,
    stages: Annotated[str, typer.Option(help="Stages that requests may ask for, joined by commas; none for none.")] = NAMES,
    templates: Annotated[Path | None, typer.Option(help="Folder of registered forms for the stage templates.")] = None,
    mask: Annotated[str | None, typer.Option(help="Numbers of persons to hide in every answer: default, all, or their kinds.")] = None,
    mask_whole: Annotated[bool, typer.Option("--mask-whole", help="Hide all of each number, in every answer.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No line for each request.")] = False,
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    language_model: Annotated[str | None, typer.Option(help="Preset or file that settles what is read with doubt.")] = None,
    no_hanja: Annotated[bool, typer.Option("--no-hanja", help="Read no Hanja, where none are expected.")] = False,
    engine: Annotated[str | None, typer.Option(help="litert or keras; litert where it can be had if left out.")] = None,
):
    """Read documents that come over HTTP: POST /v1/read. The page /docs describes it; /metrics is for Prometheus."""
    require_packages()
    from ocr_crnn.commands.serve.asked import Limits

    limits = Limits(
        round(max_mb * 1e6), max_pages, round(max_megapixels * 1e6), (min(72.0, max_dpi), max_dpi), page_seconds, seconds, client_seconds,
        queue, max(2 * queue, 8), drain_s=drain, stages=_parse_stages(stages), mask=parse_mask(mask, mask_whole), mask_whole=mask_whole,
    )  # fmt: skip
    presets = {"detector": detector, "recognizer": recognizer, "language_model": language_model, "engine": engine}
    arguments = presets | {"with_hanja": not no_hanja, "templates": None if templates is None else str(templates.absolute())}
    made_of = {"make": LOAD, "arguments": arguments, "pixels": limits.pixels}
    raise typer.Exit(run_service(host, port, workers, limits, made_of, quiet))


def run_service(host, port, workers, limits, made_of, quiet=False):
    """Serve until a signal comes; returns the exit code. made_of: see pool.Worker. quiet: no line for each request."""
    from ocr_crnn.commands.serve.app import make_app
    from ocr_crnn.commands.serve.log import Log
    from ocr_crnn.commands.serve.metrics import Metrics
    from ocr_crnn.commands.serve.pool import Pool
    from ocr_crnn.commands.serve.server import listen, run
    from ocr_crnn.commands.serve.service import Service
    from ocr_crnn.files import sweep, unfinished_folder

    try:
        listener = listen(host, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        fail(f"A service listens at an address of this machine. Received: {host}:{port}: {reason}. Name another with --host and --port.")
    metrics, tell, failed = Metrics(), Log(), []

    def on_start(error):
        if error is None:
            tell(f"reads documents: http://{_address(listener)}/docs")
        else:
            failed.append(error)
            os.kill(os.getpid(), signal.SIGTERM)

    pool = Pool(made_of, workers, limits, metrics.tell, on_start)
    with listener, ExitStack() as stack:
        try:
            sweep(tempfile.gettempdir())
            folder = stack.enter_context(unfinished_folder(tempfile.gettempdir(), "ocr-crnn-serve"))
        except OSError as error:
            fail(f"Documents lie in a folder of their own while they are read. Received: {error}. Make /tmp writable, or set TMPDIR.")
        service = Service(limits, pool, metrics, folder)
        tell(f"listens at http://{_address(listener)}, and loads its networks")
        run(make_app(service, (lambda line: None) if quiet else tell), listener, limits, service.drain)
    tell.end()
    if failed:
        fail(failed[0])
    return 0


def require_packages():
    """Raise MissingExtraError, with the command that installs it, without the extra `http`."""
    from importlib.util import find_spec

    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"The service needs the packages of the extra `http`. Received: {missing[0]} is not installed. "
            "Install it: pip install 'ocr-crnn[http]'"
        )


def _address(listener):
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _parse_stages(text):
    from ocr_crnn.reading.stages import parse_stages

    try:
        return () if text.strip().lower() == "none" else parse_stages(text)
    except ValueError as error:
        fail(error)
