"""Take text that cannot be seen out of a PDF: the layer that a scanner or another reader has put under or over its pages."""

import io

import numpy as np
import pikepdf
from pikepdf import Name

from ocr_crnn.formats.pdf_files import open_document, save_document
from ocr_crnn.images import open_pdf

INVISIBLE = 3  # of the operator Tr: neither fill nor stroke
SHOW = ("Tj", "TJ", "'", '"')
DEPTH = 12  # forms within forms
SEEN_DPI = 72  # at which pages are compared
SAME = 8  # grey levels by which pixels may differ that look alike


def remove_hidden_text(source, indices, path, password=None):
    """Copy a PDF, a path or bytes, to `path` with the text taken out that nobody sees on the pages of the given indices.

    If a page looks the same without any of its text, all of it goes: the layer is invisible, or lies below the picture of the page.
    If it does not, only what is shown invisibly (text rendering mode 3) goes, and a page that changes even so stays as it is.
    """
    with open_document(source, password or "") as document:
        for index in indices:
            for everything in (True, False):
                if (trial := _without_text(document, index, everything)) is not None:
                    _take_over(document, index, trial)
                    break
        save_document(document, path)


def _without_text(document, index, everything):
    """A document of one page without its text, or None where it would look different or holds none."""
    before, after = _single_page(document, index), _single_page(document, index)
    page = after.pages[0]
    if not _strip(after, page.obj, page.obj.get(Name.Resources), page, everything):
        return None
    difference = np.abs(_look(before).astype(np.int16) - _look(after))
    return after if difference.max(initial=0) <= SAME else None


def _single_page(document, index):
    single = pikepdf.new()
    single.pages.append(document.pages[index])
    return single


def _take_over(document, index, trial):
    """Give a page the contents and resources of the trial's page; all else, such as annotations and links to it, stays."""
    page, other = document.pages[index], document.copy_foreign(trial.pages[0].obj)
    page.obj.Contents = other.Contents
    if Name.Resources in other:
        page.obj.Resources = other.Resources


def _strip(document, owner, resources, stream, everything, mode=0, depth=0):
    """Take text out of a page or form in place, and out of the forms it draws; returns whether there was any.

    mode: the text rendering mode at its start, which a form inherits.
    """
    kept, modes, found = [], [mode], False
    for operands, operator in pikepdf.parse_content_stream(stream):
        name = str(operator)
        if name == "q":
            modes.append(modes[-1])
        elif name == "Q" and len(modes) > 1:
            modes.pop()
        elif name == "Tr":
            modes[-1] = int(operands[0])
        elif name in SHOW and (everything or modes[-1] == INVISIBLE):
            found = True
            continue
        elif name == "Do" and depth < DEPTH:
            found |= _strip_form(document, resources, operands[0], everything, modes[-1], depth)
        kept.append((operands, operator))
    if found:
        contents = pikepdf.unparse_content_stream(kept)
        if owner is stream:
            owner.write(contents)
        else:
            owner.Contents = document.make_stream(contents)
    return found


def _strip_form(document, resources, name, everything, mode, depth):
    objects = resources.get(Name.XObject) if resources is not None else None
    form = objects.get(name) if objects is not None else None
    if form is None or form.get(Name.Subtype) != Name.Form:
        return False
    return _strip(document, form, form.get(Name.Resources, resources), form, everything, mode, depth + 1)


def _look(document):
    """The page as a picture."""
    stream = io.BytesIO()
    document.save(stream)
    with open_pdf(stream.getvalue(), "a page") as opened:
        return opened.render(0, SEEN_DPI)
