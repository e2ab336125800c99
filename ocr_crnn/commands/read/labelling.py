"""`--format labelstudio` of `ocr-crnn read`: pages to be corrected in Label Studio, and brought back by `ocr-crnn convert`.

    NAME.labelstudio.jsonl      the tasks of a document, one a line: what `--resume` goes by
    NAME.labelstudio.jpg        its page as it was read (NAME.p0001.labelstudio.jpg of several), masked where `--mask` hides something
    labelstudio-tasks.json      all tasks of a call in one file, to be imported
    labelstudio-config.xml      the labelling configuration, to be pasted
"""

import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PIL import Image

from ocr_crnn.files import replace_file, replacing_file
from ocr_crnn.formats.labelstudio import CONFIG, CONFIG_NAME, TASKS_NAME, format_task, image_hash, local_url
from ocr_crnn.granularity import lines
from ocr_crnn.untrusted.plain import open_plain

TASKS, IMAGE = ".labelstudio.jsonl", ".labelstudio.jpg"  # suffixes
QUALITY = 95


def save_page_image(pixels, path, source=None):
    """The page as a JPEG; as it is in `source`, the path or bytes of an upright one, if given."""
    if isinstance(source, bytes):
        path.write_bytes(source)
    elif source is not None:
        shutil.copyfile(source, path)
    else:
        Image.fromarray(pixels).save(path, "JPEG", quality=QUALITY, subsampling=0)


def format_tasks(pages, folder):
    """Yield a task as text for each (Page, path of its image now, path that it is going to have). Rows are the lines of the page.

    folder: that of all outputs, the one above which Label Studio serves files.
    """
    folder = Path(folder).absolute()
    for page, image, place in pages:
        page = page if page.lines is None else lines(page)
        url = local_url((Path(folder.name) / place.absolute().relative_to(folder)).as_posix())
        yield format_task(page, url, image_hash(image.read_bytes()), _version()) + "\n"


def write_import(folder, targets):
    """Write the file to import and the configuration, of the documents whose outputs have these paths without suffix; how many tasks."""
    count = 0
    with replacing_file(Path(folder) / TASKS_NAME) as stream:
        stream.write(b"[")
        for target in targets:
            path = target.parent / (target.name + TASKS)
            if path.exists():
                with open_plain(path) as tasks:
                    for task in tasks:
                        stream.write((b",\n" if count else b"\n") + task.rstrip(b"\n"))
                        count += 1
        stream.write(b"\n]\n")
    replace_file(Path(folder) / CONFIG_NAME, CONFIG)
    return count


def _version():
    try:
        return f"ocr_crnn {version('ocr-crnn')}"
    except PackageNotFoundError:  # of a copy that is not installed
        return "ocr_crnn"
