"""A folder of pairs: `name.png` is an image of one line, `name.txt` or `name.gt.txt` beside it holds its text."""

from ocr_crnn.data.annotations.rows import line_page
from ocr_crnn.data.annotations.target import Target
from ocr_crnn.data.samples import base_name, is_image, normalize

SUFFIXES = (".gt.txt", ".txt")
MOST_BYTES = 1 << 20
NO_LABELS = ("readme.txt", "license.txt", "classes.txt")


def pairs_of(paths):
    """`[(text file, [images])]` of the files that have an image of the same name beside them, in the order of the files."""
    images, texts = {}, {}
    for path in paths:
        if is_image(path):
            images.setdefault(normalize(path[: path.rindex(".")]), []).append(path)
        elif (stem := stem_of(path)) is not None:
            texts.setdefault(normalize(stem), path)
    return [(path, images[stem]) for stem, path in texts.items() if stem in images]


def stem_of(path):
    """The path without `.gt.txt` or `.txt`, None for another file."""
    lower = path.lower()
    return next((path[: -len(suffix)] for suffix in SUFFIXES if lower.endswith(suffix) and base_name(path) != suffix), None)


def read(files, source):
    """Yield the Page of each pair. files: the text files."""
    wanted, paired = set(files), pairs_of(source.neighbours())
    if not source.is_file:
        _tell_alone(paired, source)
    for path, images in paired:
        if path not in wanted:
            continue
        try:
            lines = [line for line in source.read_lines(path, MOST_BYTES).splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            source.report.add("labels_damaged", path, error)
            continue
        for other in images[1:]:
            source.report.add("duplicate_image", path, f"{other} beside {images[0]}")
        if len(lines) > 1:
            source.report.add("several_lines", path, " / ".join(lines))
            continue
        page = line_page(source, images[0], lines[0] if lines else "", path)
        if page is not None:
            yield page


def _tell_alone(paired, source):
    """Findings: images without a text, and texts without an image, in the folders of pairs."""
    known = {path for text, images in paired for path in (text, *images)}
    folders = {path.removesuffix(base_name(path)) for path in known}
    for path in source.neighbours():
        if path not in known and path.removesuffix(base_name(path)) in folders:
            if is_image(path):
                source.report.add("not_annotated", path, "no .txt of its name")
            elif stem_of(path) is not None and base_name(path).lower() not in NO_LABELS:
                source.report.add("image_missing", path, "no image of its name")


class Pairs(Target):
    """A text file beside each line image."""

    of_lines = True

    def add(self, page, name):
        (self.folder / name).with_suffix(".txt").write_text(page.texts[0] + "\n", encoding="utf-8")
