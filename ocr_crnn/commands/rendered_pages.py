"""Rendered pages on disk: one image and one JSON file (schema `ocr_crnn/page/2`) a page, made by several processes."""

import io
import multiprocessing
from collections import Counter
from dataclasses import replace
from pathlib import Path

from PIL import Image

from ocr_crnn.files import replace_file
from ocr_crnn.formats.page_json import write_page_json
from ocr_crnn.processes import end_with_parent
from ocr_crnn.synthesis.page.numbered import render_numbered_page


def write_pages(folder, count, faces, corpus, seed=0, start=0, dpi=150, kind=None, degradation=None, workers=1, image_format="jpg"):
    """Write the pages start … start + count − 1 of a seed as `00000012.jpg` and `00000012.json`; yield (path, missing) as they are done.

    The images and truths do not depend on the number of workers. image_format: jpg or png. missing: a Counter of characters that
    were left out of the page, and of its truth, because no face covers them.
    """
    if image_format not in ("jpg", "png"):
        raise ValueError(f"Pages are written as jpg or png. Received: {image_format!r}.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings = (folder, seed, faces, corpus, dpi, kind, degradation, image_format)
    indices = range(start, start + count)
    if workers <= 1:
        _prepare(*settings)
        yield from map(_write_page, indices)
        return
    # Processes are spawned: a fork of a process that runs TensorFlow's threads can hang.
    with multiprocessing.get_context("spawn").Pool(workers, _prepare_worker, settings) as pool:
        yield from pool.imap_unordered(_write_page, indices, chunksize=4)


_SETTINGS = []  # of this process, so that faces and corpus are sent to it once and not with every page


def _prepare(*settings):
    _SETTINGS[:] = settings


def _prepare_worker(*settings):
    end_with_parent()
    _prepare(*settings)


def _write_page(index):
    folder, seed, faces, corpus, dpi, kind, degradation, image_format = _SETTINGS
    image, page, missing = render_numbered_page(seed, index, faces, corpus, dpi, kind, degradation)
    stream = io.BytesIO()
    options = {"quality": 92, "subsampling": 0} if image_format == "jpg" else {"optimize": True}
    Image.fromarray(image).save(stream, {"jpg": "JPEG", "png": "PNG"}[image_format], dpi=(dpi, dpi), **options)
    path = folder / f"{index:08d}.{image_format}"
    replace_file(path, stream.getvalue())
    write_page_json(replace(page, image_path=str(path)), path.with_suffix(".json"))
    return path, Counter(missing)
