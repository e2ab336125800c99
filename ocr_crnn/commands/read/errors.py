"""errors.csv of an output folder: what could not be read, kept until it is read again. Several processes and runs may write to it.

    path      absolute, so that `--resume` finds the file from any folder; or a URL
    page      counted from 1; empty for the file as a whole
    message   why

People open it in a spreadsheet and save it there: other delimiters, encodings and columns are understood. What is not understood is kept
under another name before the file is written again.
"""

import csv
import io
import math
import os
import stat
from functools import lru_cache
from pathlib import Path

from ocr_crnn.files import locked, replace_file
from ocr_crnn.names import from_cell, to_cell

ERRORS = "errors.csv"
COLUMNS = ("path", "page", "message")
MAX_BYTES = 64_000_000  # of a file that is taken for ours
ENCODINGS = ("utf-8-sig", "cp949")
KEPT = "errors.as-found-{}.csv"


def open_errors(folder, looked_into=()):
    """The errors of a folder at the beginning of a run, and the path where a file that was not understood is kept, or None.

    looked_into: folders whose files are all known to this run; errors of files that are gone from them are dropped.
    Errors are (path, page counted from 1 or None for the file as a whole, message).
    """
    folders = {os.path.abspath(path) for path in looked_into}
    return _change(folder, lambda errors: [e for e in errors if os.path.dirname(e[0]) not in folders or os.path.lexists(e[0])])


def drop_errors(folder, gone):
    """Drop the errors of files whose path is gone: a function that is asked for each."""
    return _change(folder, lambda errors: [error for error in errors if not gone(error[0])])


def sort_errors(folder):
    """Put them in the order of their paths and pages: several processes have written them as they came."""
    return _change(folder, lambda errors: sorted(errors, key=lambda error: (error[0], error[1] or 0, error[2])))


def add_errors(folder, path, errors):
    """Add errors, (page, message), of a file that is being read, before its outputs take their place; older ones of it stay."""
    new = [(path, page, message) for page, message in errors]
    return _change(folder, lambda known: known + [error for error in new if error not in known])


def settle_errors(folder, path, pages, errors):
    """Replace the errors of those pages of a file, None among them for the file as a whole: its outputs are in their place."""
    own = place_of(path)
    new = [(path, page, message) for page, message in errors]
    return _change(folder, lambda known: [e for e in known if e[1] not in pages or place_of(e[0]) != own] + new)


def failed_pages(errors):
    """{place of a file: pages that could not be read}, to be asked with `place_of`."""
    failed = {}
    for path, page, _ in errors:
        failed.setdefault(place_of(path), set()).add(page)
    return failed


@lru_cache(maxsize=100_000)
def place_of(path):
    """Where a path leads, so that the same file is known by every name; a URL is what it is."""
    return path if "://" in path else os.path.realpath(path)


def _change(folder, change):
    """Read, change and write the errors of a folder while nobody else does; `(errors, where what was not understood is kept)`."""
    path = Path(folder) / ERRORS
    with locked(folder):
        try:
            status = path.stat()
            contents = path.read_bytes() if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES else None
        except FileNotFoundError:
            contents, errors, whole = None, [], True
        else:
            errors, whole = parse_errors(contents) if contents is not None else ([], False)
        kept = None if whole else _keep(path, contents)
        changed = change(errors)
        if changed and (changed != errors or kept):
            replace_file(path, format_errors(changed))
        elif not changed:
            path.unlink(missing_ok=True)
    return changed, kept


def _keep(path, contents):
    kept = next(p for p in (path.with_name(KEPT.format(number)) for number in range(1, 10**6)) if not p.exists())
    if contents is None:  # too large to be read, or no file
        os.replace(path, kept)
    else:
        replace_file(kept, contents)
    return kept


def format_errors(errors):
    """The contents of the file; with a byte order mark, or Excel would take Hangul for Latin-1."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((to_cell(path), page or "", to_cell(message)) for path, page, message in errors)
    return "\ufeff" + stream.getvalue()


def parse_errors(contents):
    """`(errors, whether all of the file was understood)` of the bytes of a file that somebody may have saved in a spreadsheet."""
    text = _decode(contents)
    if text is None:
        return [], False
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    if first.lower().startswith("sep="):  # Excel's own line
        first = lines.readline()
    delimiter = next((mark for mark in ",;\t" if "path" in _names(first, mark)), None)
    if delimiter is None:
        return [], False
    columns, errors, whole = _names(first, delimiter), [], True
    rows = csv.reader(lines, delimiter=delimiter)
    try:
        for row in rows:
            error = _parse_row(dict(zip(columns, row, strict=False)))
            if error is not None and error not in errors[-1:]:
                errors.append(error)
            whole &= error is not None or not any(row)
    except csv.Error:
        whole = False
    return errors, whole


def _decode(contents):
    encodings = ("utf-16",) if contents[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    for encoding in encodings:
        try:
            return contents.decode(encoding)
        except UnicodeError:
            continue
    return None


def _names(line, delimiter):
    return [name.strip().strip('"').strip().lower() for name in line.split(delimiter)]


def _parse_row(row):
    path = from_cell(row.get("path", ""))
    if not path or "\0" in path:
        return None
    if path != "stdin" and "://" not in path:
        path = os.path.abspath(path)
    return path, _parse_page(row.get("page", "")), from_cell(row.get("message", ""))


def _parse_page(text):
    """Spreadsheets write 2 as 2.0 or 2,0; what is no number stands for the file as a whole, which is then read again."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and number == int(number) and number >= 1 else None
