"""`ocr-crnn read`: documents to text and files."""

import re
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from ocr_crnn.commands.failing import fail
from ocr_crnn.processes import share_one_heap
from ocr_crnn.reading.stages import STAGES_BY_NAME, parse_stages, with_templates

NAMES = ", ".join(STAGES_BY_NAME)
ADDRESS = re.compile(r"auto|local|[a-z]+://.*|\[?[\w.:-]+\]?:\d+")
KINDS = "rrn, foreigner, passport, licence, card, account, phone, business, corporate, email"


class ReadCommand(TyperCommand):
    """`--ray` may have an address behind it, or none."""

    def parse_args(self, ctx, args):
        return super().parse_args(ctx, with_address(args))


def with_address(args):
    """The arguments with `--ray=ADDRESS` in place of --ray and what follows, if that is an address and no file; else `--ray=local`."""
    args, given = list(args), []
    while args:
        given.append(args.pop(0))
        if given[-1] == "--":
            break
        if given[-1] == "--ray":
            address = bool(args) and ADDRESS.fullmatch(args[0]) and not is_store(args[0]) and not Path(args[0]).exists()
            given[-1] = f"--ray={args.pop(0) if address else 'local'}"
    return given + args


def is_store(text):
    """Whether a text is the URL of files, not of a cluster."""
    return "://" in text and not text.startswith("ray://")


def read(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Images, PDFs, folders, patterns, s3:// URLs; - for standard input.")],
    out: Annotated[str | None, typer.Option("-o", "--out", help="Folder or URL for the results; standard output if left out.")] = None,
    formats: Annotated[
        str | None, typer.Option("--format", help="txt, md, json, csv, xlsx, tsv, hocr, alto, pdf, html, labelstudio; joined by commas.")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Each image is one line of text.")] = False,
    dpi: Annotated[float, typer.Option(min=30, max=1200, help="At which pages of PDFs are looked at.")] = 300,
    pages: Annotated[str | None, typer.Option(help="Such as 1-3,5,8-.")] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Folders below folders too; their places are kept.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Skip files whose results are all there.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that read files; each holds the networks. 1, or with --ray all cores.")
    ] = None,
    ray: Annotated[
        str | None, typer.Option("--ray", metavar="[ADDRESS]", help="Read with Ray: of this machine, or a cluster's host:port or auto.")
    ] = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="Write each page with frames around its words.")] = False,
    pdfa: Annotated[bool, typer.Option("--pdfa", help="PDFs as PDF/A-2b; of PDFs that are read, as pictures of their pages.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Replace text of PDFs that cannot be seen, such as of a bad reader.")] = False,
    stages: Annotated[str | None, typer.Option(help=f"What else is found on each page, joined by commas: {NAMES}.")] = None,
    templates: Annotated[Path | None, typer.Option(help="Folder of registered forms, whose fields are read: the stage templates.")] = None,
    mask: Annotated[str | None, typer.Option(help=f"Hide numbers of persons in all results: default, all, or {KINDS}.")] = None,
    mask_whole: Annotated[bool, typer.Option("--mask-whole", help="Hide all of each number, also what may be shown of it.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no summary.")] = False,
    password: Annotated[str | None, typer.Option(help="Of encrypted PDFs.")] = None,
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    language_model: Annotated[
        str | None, typer.Option(help="Preset or file that settles what is read with doubt, such as documents_ko.")
    ] = None,
    no_hanja: Annotated[bool, typer.Option("--no-hanja", help="Read no Hanja, where none are expected.")] = False,
    engine: Annotated[str | None, typer.Option(help="litert or keras; litert where it can be had if left out.")] = None,
    server: Annotated[str | None, typer.Option(help="Read on a TensorFlow Serving server: http://host:8501 or grpc://host:8500.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of the server's model; ocr by default.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds the server has for the whole answer to a page; 60 by default.")] = None,
):
    """Read documents: text to standard output, or files to a folder. Exit code 1 if anything could not be read."""
    from functools import partial

    from ocr_crnn.commands.read.files import read_files
    from ocr_crnn.commands.read.identity import describe_reader
    from ocr_crnn.commands.read.masks import mask_name
    from ocr_crnn.commands.read.outputs import stages_of_formats
    from ocr_crnn.commands.read.remote import is_url
    from ocr_crnn.commands.read.sharing import parse_address
    from ocr_crnn.presets.engine_files import LiteRTError
    from ocr_crnn.reading.lines import LineReader
    from ocr_crnn.reading.loading import load_document_reader

    errors = (OSError, ValueError, LiteRTError)
    try:
        names = with_templates(parse_stages(stages or ""), templates)
    except (OSError, ValueError) as error:
        fail(error)
    hidden = parse_mask(mask, mask_whole)
    if names and lines:
        given = f"--stages {stages}" if stages else f"--templates {templates}"
        fail(f"Stages are about pages. Received: {given} with --lines. Leave out one or the other.")
    names += tuple(stage for stage in stages_of_formats(formats) if stage not in names and not lines)
    if server is None and (model is not None or timeout is not None):
        given = "--model" if model is not None else "--timeout"
        fail(f"--model and --timeout are about a server. Received: {given} without --server. Name the server too.")
    if server is not None:
        own = {"--detector": detector, "--recognizer": recognizer, "--language-model": language_model, "--engine": engine}
        own["--no-hanja"] = no_hanja or None
        own["--ray"] = ray
        make_reader, error_of_server = _remote_reader(server, lines, names, model, timeout, own)
        errors += (error_of_server,)
    elif lines:
        make_reader = partial(LineReader.from_preset, recognizer, language_model, engine, not no_hanja)
    else:
        make_reader = partial(load_document_reader, detector, recognizer, language_model, engine, not no_hanja, names)
    if engine != "keras":  # TensorFlow has threads that all take memory at once
        share_one_heap()
    try:
        options = {"formats": formats, "dpi": dpi, "pages": pages, "password": password, "overlay": overlay, "lines": lines}
        options |= {"pdfa": pdfa, "redo": redo, "mask": hidden, "mask_whole": mask_whole}
        if ray is not None or is_url(out or "") or any(map(is_url, paths)):
            options |= {"ray": ray and parse_address(ray)}
            options["reader"] = describe_reader(detector, recognizer, language_model, [engine, no_hanja, server, model], names, templates)
        code = read_files(paths, out, make_reader, recursive=recursive, resume=resume, workers=workers, quiet=quiet, **options)
    except errors as error:
        fail(mask_name(error, hidden) if hidden else error)
    raise typer.Exit(code)


def parse_mask(mask, whole):
    """The kinds that --mask names, none for None. Ends the command where --mask-whole stands without it."""
    from ocr_crnn.reading.masking import parse_kinds

    if mask is None:
        if whole:
            fail("--mask-whole is about what is masked. Received: --mask-whole without --mask. Add --mask default.")
        return ()
    try:
        return parse_kinds(mask)
    except ValueError as error:
        fail(error)


def _remote_reader(server, lines, stages, model, timeout, own):
    """What makes the reader of `read` on a server, and the error of a server that fails. own: options of reading here, which do not go
    together with it."""
    from functools import partial

    from ocr_crnn.serving.client import connect
    from ocr_crnn.serving.transport import ServerError

    given = [name for name, value in own.items() if value is not None]
    if given:
        fail(f"A server reads with the networks of its model. Received: --server and {', '.join(given)}. Leave out one or the other.")
    settings = {name: value for name, value in (("model", model or None), ("timeout_s", timeout)) if value is not None}
    return partial(connect, server, lines, stages, **settings), ServerError
