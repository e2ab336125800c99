"""Some pages of a long document in a file, so that several readers share it and one writes it: what a Spool is made of again.

A part is a zip, whose members are stored as they are:

    part.json     {"schema": "ocr_crnn/part/1", "in_all", "pages": [[index, dpi], …], "errors": [[page, message], …], "result": {…}}
    12.json       the Page of index 12, to the last bit
    12.html       its picture for HTML, where the formats need one; 12.pdf and 12.jpg likewise

Parts lie in the output folder, where others may write: they are read through `untrusted/`, and hold no pickle.
"""

import json
import shutil
import zipfile
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import fields, replace

import numpy as np

from ocr_crnn.commands.read.batch import Result, read_pages, spool_pages, write_document
from ocr_crnn.commands.read.outputs import Spool
from ocr_crnn.files import unfinished_folder
from ocr_crnn.page import Characters, Page
from ocr_crnn.untrusted.json_text import MOST_BYTES, parse_json
from ocr_crnn.untrusted.plain import DamagedFileError
from ocr_crnn.untrusted.zips import DAMAGES, damaged, open_member, open_zip, read_member

SCHEMA, HEAD = "ocr_crnn/part/1", "part.json"
MOST_PICTURE = 2**29  # bytes of a page's picture
COUNTED = ("pages", "words", "uncertain", "left_out")  # of a Result
ARRAYS = ("scores", "lines", "blocks")
OBJECTS = ("texts", "scripts", "entities", "attributes")


def read_part(reader, job, options, path, on_page):
    """Read the pages of `options.pages`, write their own files, and put the rest into a part at `path`; the Result."""
    result = Result(job.name, hidden=options.mask)
    with ExitStack() as stack:
        folder = stack.enter_context(unfinished_folder(path.parent, "part"))
        open_spool = lambda: stack.enter_context(closing(Spool(folder, options, job.source)))  # noqa: E731
        spool = spool_pages(job, read_pages(reader, [job], options), options, None, on_page, open_spool, result)
        _pack(path, spool, result)
    return result


def join_parts(job, options, paths, errors=()):
    """Write the outputs of a document whose pages are in the parts at these paths, in their order; the Result of the whole.

    errors: (page counted from 1, message) of pages that are in none of them.
    """

    def fill(open_spool, result):
        spool = None
        for page, message in errors:
            result.fail(page, RuntimeError(message))
            result.tried.add(page)
        for path in paths:
            with closing(open_zip(path)) as archive, _plainly(path):
                head = _read_head(archive, path, result)
                for index, dpi in head["pages"]:
                    spool = spool or open_spool()
                    _add_page(archive, path, index, dpi, head["in_all"], spool)
        return spool

    return write_document(job, options, None, fill)


def _pack(path, spool, result):
    head = {"schema": SCHEMA, "in_all": result.in_all, "errors": [[page, message] for _, page, message in result.errors]}
    head["pages"] = [] if spool is None else [[index, spool.dpi[index]] for index in spool.indices]
    head["tried"] = sorted(page for page in result.tried if page is not None)
    head["result"] = {name: getattr(result, name) for name in COUNTED} | {"score_sum": result.score_sum}
    head["result"]["masked"] = [[*what, count] for what, count in sorted(result.masked.items())]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(HEAD, json.dumps(head))
        for index, page in () if spool is None else spool.numbered():
            archive.writestr(f"{index}.json", format_exactly(page))
            for kind in spool.picture_kinds:
                archive.write(spool.picture(index, kind), f"{index}.{kind}")


def _read_head(archive, path, result):
    """The head of a part, whose figures and errors are added to the Result."""
    head = _json_member(archive, HEAD, path)
    if head.get("schema") != SCHEMA:
        raise ValueError(f"the schema {str(head.get('schema'))[:80]!r}")
    counted = head["result"]
    for name in COUNTED:
        setattr(result, name, getattr(result, name) + int(counted[name]))
    result.score_sum += float(counted["score_sum"])
    result.masked += Counter({(str(kind), str(decision)): int(count) for kind, decision, count in counted["masked"]})
    result.errors += [(result.name, None if page is None else int(page), str(message)) for page, message in head["errors"]]
    result.tried |= {int(page) for page in head["tried"]}
    result.in_all = head["in_all"] = int(head["in_all"])
    head["pages"] = [(int(index), None if dpi is None else float(dpi)) for index, dpi in head["pages"]]
    return head


def _add_page(archive, path, index, dpi, count, spool):
    page = parse_exactly(_json_member(archive, f"{index}.json", path))

    def store(kind, place):
        where = f"{path}::{index}.{kind}"
        with open_member(archive, f"{index}.{kind}", MOST_PICTURE, where) as stream, open(place, "wb") as file:
            try:
                shutil.copyfileobj(stream, file, 2**20)
            except (zipfile.BadZipFile, EOFError) as error:
                raise damaged(where, error) from error

    spool.add_stored(index, page, dpi, count, store)


def _json_member(archive, name, path):
    return parse_json(read_member(archive, name, MOST_BYTES, f"{path}::{name}"))


class _plainly:
    """Whatever is wrong with what a part says is a DamagedFileError that names it; a full disk is not."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, DamagedFileError) or (isinstance(error, OSError) and error.errno is not None):
            return
        if isinstance(error, (*DAMAGES, LookupError, TypeError, AttributeError)):
            raise DamagedFileError(
                f"A part of a document is as it was written. Received: {self.path}: {str(error)[:300]}. Remove it, and go on with --resume."
            ) from None


# --- a Page, to the last bit -----------------------------------------------------------------------------------------------------


def format_exactly(page):
    """JSON of all that a Page holds; `parse_exactly` of it is equal in every column."""
    found = {field.name: getattr(page, field.name) for field in fields(page)}
    for name in ("quads", *ARRAYS):
        found[name] = None if found[name] is None else found[name].tolist()
    for name in OBJECTS:
        found[name] = None if found[name] is None else list(found[name])
    if page.characters is not None:
        found["characters"] = [None if one is None else _characters(one) for one in page.characters]
    return json.dumps(found, separators=(",", ":"), default=_plain)  # in ASCII: names may have halves of characters


def parse_exactly(found):
    """The Page of the object that `format_exactly` has written. Raises ValueError, TypeError or KeyError for another one."""
    known = {field.name for field in fields(Page)}
    if set(found) != known:
        raise ValueError(f"columns of a Page with {str(sorted(set(found) ^ known))[:80]} more or less")
    columns = {name: found[name] for name in known - {"characters", "quads", "texts"}}
    texts = [None if text is None else str(text) for text in found["texts"]]
    page = Page(quads=_quads(found["quads"]), texts=texts, characters=None, **columns)
    if found["characters"] is None:
        return page
    characters = [one and Characters(_quads(one["quads"]), one["scores"]) for one in found["characters"]]
    return replace(page, characters=characters)


def _characters(characters):
    return {"quads": characters.quads.tolist(), "scores": None if characters.scores is None else characters.scores.tolist()}


def _quads(corners):
    quads = np.array(corners, np.float32)
    if quads.size and quads.shape[1:] != (4, 2):
        raise ValueError(f"quads of the shape {quads.shape}")
    return quads.reshape(-1, 4, 2)


def _plain(value):
    """NumPy's numbers in what stages found."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not for JSON")
