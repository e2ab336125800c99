"""`--mask` of `ocr-crnn read`: what is hidden before anything is written, masks.csv that says so, and what is refused.

masks.csv stands beside the outputs and is only ever added to; a document that is read again has its rows again, with their time.

    time, tool     of the run, UTC; ocr_crnn and its version
    document       its outputs without suffix, below the folder
    page           counted from 1; empty for the document as a whole; 3+4 where the rest of a number on page 3 stands on page 4
    kind           of the number (reading/identifiers.KINDS); "page" for what was looked for on a page, "document" for its end
    place          left, top, right, bottom in pixels of each cover; of a document the formats that were written, joined by +
    rule, label    why it was taken for one
    decision       "masked" or "uncertain"; of a page "searched"; of a document "finished" or "failed"
    characters     how many are hidden; of a page, how many texts on it were too doubtful to be read, and were not looked through

No row holds a number, a part of one or a hash: there are few enough of them to try all.
"""

import csv
import io
import os
import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from ocr_crnn.files import locked
from ocr_crnn.images import UnreadableError
from ocr_crnn.names import from_cell, to_cell
from ocr_crnn.reading.check_digits import birth_of
from ocr_crnn.reading.mask_policy import MARK_OF_NAMES, mask_text

MASKS = "masks.csv"
_THIRTEEN = re.compile(r"(?<!\d)(\d{6}[ ._,+()-]{0,3})(\d{7})(?!\d)")
COLUMNS = ("time", "tool", "document", "page", "kind", "place", "rule", "label", "decision", "characters")


class Beside(int):
    """The index of a page that nobody has asked for: it is read to know whether a number of the page beside it goes on there."""


def with_those_beside(indices, count):
    """Indices of pages and those of the pages before and after each, in their order; a document has `count` pages."""
    beside = {index + step for index in indices for step in (-1, 1)} - {*indices}
    return sorted([*indices, *(Beside(index) for index in beside if 0 <= index < count)])


def mask_readings(readings, kinds, whole):
    """Readings, see batch.read_pages, with what is to be hidden gone from Page and image; those Beside others are not given.

    The last that is done to them: writers are given nothing else. A number may begin on one page and end on the next, so each page waits
    for the one behind it.
    """
    readings, before = iter(readings), None
    current = next(readings, None)
    while current is not None:
        number, index, count, image, page = current
        is_last = index is None or index + 1 >= count
        following = None if is_last else next(readings, None)
        if page is not None and not isinstance(index, Beside):
            try:
                beside = (_page_at(number, index - 1, before), _page_at(number, index + 1, following))
                page, image = mask_reading(page, image, kinds, whole, *beside)
            except Exception as error:
                page, image = None, error
        if not isinstance(index, Beside):
            yield number, index, count, image, page
        before = (*current[:3], None, current[4])
        current = next(readings, None) if is_last else following


def _page_at(number, index, reading):
    """The Page of a reading if it is that of this index of this job."""
    return reading[4] if reading is not None and reading[:2] == (number, index) else None


def mask_reading(page, image, kinds, whole, before=None, after=None):
    """A Page and its PageImage with the numbers of these kinds hidden in both; before, after: the Pages beside it, as they were read.
    Raises MaskingError, which says nothing of the text."""
    from dataclasses import replace

    from ocr_crnn.reading.masking import cover, mask_page

    try:
        page = mask_page(page, None, kinds, whole, before, after)
        return page, replace(image, pixels=cover(image.pixels, page))
    except Exception as error:
        raise MaskingError(
            f"A page is written when all that is to be hidden is. Received: {type(error).__name__} while hiding. Report this."
        ) from None


class MaskingError(RuntimeError):
    """A page whose numbers could not be hidden."""


def mask_name(name, kinds):
    """A name of a file, a path or a message with the numbers of these kinds hidden, part by part.

    A name has no labels: 13 digits that begin as a resident number does are taken for one, whatever parts them.
    """
    return os.sep.join(_mask_part(part, kinds) for part in str(name).split(os.sep))


def _mask_part(part, kinds):
    masked = mask_text(part, kinds, MARK_OF_NAMES)
    if not {"rrn", "foreigner"} & {*kinds}:
        return masked
    return _THIRTEEN.sub(lambda found: found[1] + 7 * MARK_OF_NAMES if birth_of(found[1][:6] + found[2]) else found[0], masked)


def require_maskable(source, name, password=None):
    """Raise UnreadableError for a PDF that is encrypted or signed: what would be written is neither, which only its owner can decide."""
    import pikepdf

    from ocr_crnn.formats.pdf_files import open_document

    fix = "Save it without, or leave out --mask."
    try:
        with open_document(source, password or "") as document:
            protected, signed = document.is_encrypted, _is_signed(document)
    except (pikepdf.PdfError, ValueError, RecursionError) as error:
        raise UnreadableError(f"A PDF is masked that is whole. Received: {name}: {error}. Repair it, for example with `qpdf`.") from error
    if protected:
        raise UnreadableError(f"A PDF is masked that is open to all, for its copy is. Received: {name}, which is encrypted. {fix}")
    if signed:
        raise UnreadableError(f"A PDF is masked that nobody has signed. Received: {name}, which is signed. {fix}")


def _is_signed(document):
    form = document.Root.get("/AcroForm", {})
    fields, seen = list(form.get("/Fields", [])), 0
    while fields and seen < 100_000:
        field, seen = fields.pop(), seen + 1
        if str(field.get("/FT", "")) == "/Sig" and "/V" in field:
            return True
        fields += list(field.get("/Kids", []))
    return bool(int(form.get("/SigFlags", 0)) & 1) or "/Perms" in document.Root


# --- masks.csv -----------------------------------------------------------------------------------------------------------------


def note_page(folder, document, number, page, kinds):
    """Add the rows of a page, counted from 1, before anything of it is written."""
    rows = [(document, number, "page", "", "+".join(kinds), "", "searched", page.left_out + sum(text is None for text in page.texts))]
    for mask in page.records.get("masks", []):
        quads = np.array(mask["quads"]).reshape(-1, 4, 2)
        boxes = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1).round().astype(int)
        places = "; ".join(" ".join(map(str, box)) for box in boxes)
        both = {"before": f"{number}+{number - 1}", "after": f"{number}+{number + 1}"}.get(mask.get("over"), number)
        rows.append((document, both, mask["kind"], places, mask["rule"], mask["label"] or "", mask["decision"], mask["characters"]))
    _add(folder, rows)


def note_document(folder, document, formats, kinds, failed):
    """Add the row that ends a document, when its outputs of these formats are in their place."""
    _add(folder, [(document, "", "document", "+".join(formats), "+".join(kinds), "", "failed" if failed else "finished", "")])


def finished_documents(folder, kinds):
    """{document: {format: seconds since 1970 at which it was finished}}, of outputs from which at least these kinds are gone."""
    finished = {}
    try:
        text = (Path(folder) / MASKS).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return finished
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if row.get("kind") == "document" and row.get("decision"):
            formats, enough = (row["place"] or "").split("+"), {*kinds} <= {*(row["rule"] or "").split("+")}
            others = finished.pop(document := from_cell(row["document"] or ""), {})
            if row["decision"] == "finished":  # outputs of other formats stay what they were
                times = others | dict.fromkeys(formats, datetime.fromisoformat(row["time"]).timestamp() if enough else -1.0)
                finished |= {document: known} if (known := {name: time for name, time in times.items() if time >= 0}) else {}
    return finished


def _add(folder, rows):
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    add_rows(folder, _format([to_cell(value) for value in (now, tool(), *row)] for row in rows))


def _format(rows):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode("utf-8", "backslashreplace")


def add_rows(folder, rows):
    """Add the bytes of rows to masks.csv, behind the names of its columns."""
    path = Path(folder) / MASKS
    with locked(folder):
        begun = path.exists() and path.stat().st_size
        with open(path, "a+b") as file:
            if begun:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a run was killed while it wrote
                    file.write(b"\n")
            file.write(b"" if begun else "\ufeff".encode() + _format([COLUMNS]))
            file.write(rows)
            file.flush()
            os.fsync(file.fileno())


def tool():
    """What writes, with its version."""
    try:
        return f"ocr_crnn {version('ocr-crnn')}"
    except PackageNotFoundError:  # of a copy that is not installed
        return "ocr_crnn"
