"""What a request asks for: options by name, in the query or in the form, and the format by name or by `Accept`."""

from dataclasses import asdict, dataclass
from importlib.util import find_spec
from urllib.parse import parse_qsl

from ocr_crnn.commands.read.batch import parse_pages
from ocr_crnn.commands.read.outputs import stages_of_formats
from ocr_crnn.commands.serve.problems import Problem, shown
from ocr_crnn.reading.masking import parse_kinds
from ocr_crnn.reading.stages import STAGES_BY_NAME

FORMATS = {  # name: what it is called in HTTP; the first is that of whoever takes anything
    "json": "application/json",
    "txt": "text/plain",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "html": "text/html",
    "hocr": "text/vnd.hocr+html",
    "alto": "application/alto+xml",
    "tsv": "text/tab-separated-values",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OPTIONS = {
    "format": f"One of {', '.join(FORMATS)}; by `Accept` if left out, JSON if that takes anything.",
    "pages": "Such as 1-3,5,8-; all if left out.",
    "dpi": "At which pages of PDFs are looked at; 300 if left out.",
    "stages": f"What else is found on each page, joined by commas: {', '.join(STAGES_BY_NAME)}.",
    "mask": "Hide numbers of persons: default, all, or their kinds joined by commas, such as rrn,card.",
    "mask_whole": "true: hide all of each number, also what may be shown of it.",
    "pdfa": "true: a PDF as PDF/A-2b, with pictures of the pages.",
    "redo": "true: replace text of a PDF that cannot be seen.",
    "password": "Of an encrypted PDF. In the form only: queries are written to logs.",
}
IN_FORM_ONLY = ("password",)
LONGEST_QUERY = 2000  # characters
LONGEST_VALUE = 500
MOST_RANGES = 50  # of pages
MOST_MEDIA = 50  # in an Accept


@dataclass(frozen=True)
class Limits:
    """What an operator allows. bytes: of a request. pages, pixels: of a document and of a page. dpi: lowest and highest.

    page_s, document_s: in which a page and a document are read. client_s: in which a client sends its document, and takes each piece of
    the answer. waiting: documents in the queue. uploads: that come in at a time. connections: open at a time. drain_s: in which what is
    accepted is finished on SIGTERM. stages: that may be asked for. mask, mask_whole: kinds that are hidden in every answer, and how.
    """

    bytes: int = 50_000_000
    pages: int = 50
    pixels: int = 70_000_000
    dpi: tuple = (72, 400)
    page_s: float = 60
    document_s: float = 300
    client_s: float = 60
    waiting: int = 16
    uploads: int = 32
    connections: int = 512
    drain_s: float = 30
    stages: tuple = tuple(STAGES_BY_NAME)
    mask: tuple = ()
    mask_whole: bool = False


@dataclass(frozen=True)
class Asked:
    """kind: of FORMATS. pages: see batch.parse_pages. stages: names. mask: kinds of numbers."""

    kind: str = "json"
    pages: list | None = None
    dpi: float = 300
    stages: tuple = ()
    mask: tuple = ()
    mask_whole: bool = False
    pdfa: bool = False
    redo: bool = False
    password: str | None = None

    def task(self):
        """It as JSON can hold it, for a worker."""
        return asdict(self)


def parse_query(query):
    """(name, value) of each option of a query, bytes as they come. Raises Problem."""
    if len(query) > LONGEST_QUERY:
        raise Problem(414, "query", f"A query has at most {LONGEST_QUERY:,} characters. Received: {len(query):,}. Send a form.")
    try:
        fields = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=2 * len(OPTIONS))
    except ValueError:
        raise Problem(400, "query", f"A query is options in UTF-8. Received: {shown(query)}. Correct it.") from None
    for name in (name for name, _ in fields if name in IN_FORM_ONLY):
        raise Problem(422, "option", f"What is secret comes in the form. Received: {name} in the query. Send it as a field of the form.")
    return fields


def parse_options(fields, accept, limits):
    """The Asked of (name, value) pairs and of an `Accept` header or None. Raises Problem, which names the option."""
    given = {}
    for name, value in fields:
        if name not in OPTIONS:
            raise Problem(422, "option", f"An option is one of {', '.join(OPTIONS)}. Received: {shown(name)}. Correct it, or leave it out.")
        if name in given:
            raise Problem(422, "option", f"An option is given once. Received: {name} twice. Leave one out.")
        if len(value) > LONGEST_VALUE:
            rule = f"An option has at most {LONGEST_VALUE} characters."
            raise Problem(422, "option", f"{rule} Received: {name} of {len(value):,}. Shorten it.")
        given[name] = value
    kind = _format(given.get("format"), accept)
    pdfa, redo = (_flag(given, name) for name in ("pdfa", "redo"))
    if (pdfa or redo) and kind != "pdf":
        what = "pdfa" if pdfa else "redo"
        raise Problem(422, "option", f"pdfa and redo are about PDFs. Received: {what} with the format {kind}. Ask for format=pdf.")
    return Asked(
        kind, _pages(given.get("pages")), _dpi(given.get("dpi"), limits.dpi), _stages(given.get("stages"), kind, limits.stages),
        _mask(given.get("mask"), limits.mask), limits.mask_whole or _flag(given, "mask_whole"), pdfa, redo, given.get("password") or None,
    )  # fmt: skip


def choose_format(accept):
    """The format that an `Accept` header wants most, JSON where it is None; None where there is none that it takes."""
    if accept is None or not accept.strip():
        return "json"
    wanted = [_media_range(part) for part in accept.split(",")[:MOST_MEDIA]]
    best, weight = None, 0.0
    for kind, media in FORMATS.items():
        matches = [(range_ == media, range_ != "*/*", quality) for range_, quality in wanted if _takes(range_, media)]
        quality = max(matches)[2] if matches else 0.0  # the most exact of the ranges decides
        if quality > weight:
            best, weight = kind, quality
    return best


def _takes(range_, media):
    return range_ in (media, "*/*") or (range_.endswith("/*") and media.startswith(range_[:-1]))


def _media_range(text):
    """ "text/*;q=0.5" → ("text/*", 0.5)"""
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((value[2:].strip() for value in parameters if value.startswith("q=")), "1")
    try:
        return media, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return media, 0.0


def _format(name, accept):
    kind = choose_format(accept) if name is None else name.strip().lower()
    if kind is None:
        known = ", ".join(FORMATS.values())
        raise Problem(406, "accept", f"An answer is one of {known}. Received: Accept {shown(accept)}. Correct it, or add ?format=.")
    if kind not in FORMATS:
        raise Problem(422, "option", f"A format is one of {', '.join(FORMATS)}. Received: {shown(name)}. Name one of them.")
    if kind == "xlsx" and find_spec("openpyxl") is None:
        fix = "Ask for csv, or have 'ocr-crnn[documents]' installed."
        raise Problem(422, "option", f"A workbook needs the package openpyxl. Received: format xlsx without it. {fix}")
    return kind


def _pages(text):
    if text is None or not text.strip():
        return None
    try:
        ranges = parse_pages(text)
    except ValueError as error:
        raise Problem(422, "option", str(error)) from None
    if len(ranges) > MOST_RANGES:
        raise Problem(422, "option", f"Pages are at most {MOST_RANGES} ranges. Received: {len(ranges)}. Join them.")
    return ranges


def _dpi(text, bounds):
    low, high = bounds
    try:
        dpi = min(300.0, high) if text is None else float(text)
    except ValueError:
        dpi = -1.0
    if not low <= dpi <= high:
        raise Problem(422, "option", f"dpi is a number from {low:g} to {high:g}. Received: {shown(text)}. Correct it.")
    return dpi


def _stages(text, kind, allowed):
    """What is asked for, and what the format is made of."""
    names = tuple(dict.fromkeys(name.strip().lower() for name in (text or "").split(",") if name.strip()))
    for name in names:
        if name not in allowed:
            known = ", ".join(allowed) or "none here"
            raise Problem(422, "option", f"A stage is one of {known}. Received: {shown(name)}. Name some of them, or none.")
    return names + tuple(name for name in stages_of_formats(kind) if name not in names)


def _mask(text, always):
    try:
        kinds = parse_kinds(text) if text is not None else ()
    except ValueError as error:
        raise Problem(422, "option", str(error)) from None
    return tuple(dict.fromkeys((*always, *kinds)))


def _flag(given, name):
    value = given.get(name, "false").strip().lower()
    if value in ("true", "1", "yes", ""):
        return True
    if value in ("false", "0", "no"):
        return False
    raise Problem(422, "option", f"{name} is true or false. Received: {shown(given[name])}. Correct it.")
