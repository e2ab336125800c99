"""Page: the one record that flows through the toolkit, ground truth and prediction alike."""

from dataclasses import dataclass, field, replace

import numpy as np

from ocr_crnn.geometry import upright_boxes

SHOWN = 70  # characters of the text that repr shows
FRAME = (30, 150, 60)
UNITS = ("character", "word", "segment", "line", "block")  # a segment: the words of a line within one cell or column


@dataclass(frozen=True, eq=False)
class Characters:
    """The characters of one text, spaces included, in the order of the text.

    quads: float32 `(characters, 4, 2)`, page pixels, clockwise from the character's own top-left.
    scores: float32 `(characters,)` in 0..1, or None where they come from ground truth.
    """

    quads: np.ndarray
    scores: np.ndarray | None = None

    def __post_init__(self):
        object.__setattr__(self, "quads", np.asarray(self.quads, np.float32).reshape(-1, 4, 2))
        if self.scores is not None:
            object.__setattr__(self, "scores", np.asarray(self.scores, np.float32))
            if self.scores.shape != self.quads.shape[:1]:
                raise ValueError(
                    f"Every character has one quad and one score. Received: {len(self.quads)} quads, "
                    f"scores of shape {self.scores.shape}."
                )

    def __len__(self):
        return len(self.quads)


@dataclass(frozen=True, eq=False)
class Page:
    """A small table: one row per text instance of one image. Optional columns are None while unknown.

    image_path: where the image is; `archive.zip::member.png` inside an archive, None for an image in memory.
    size: `(height, width)` in pixels.
    quads: float32 `(n, 4, 2)`, page pixels `(x, y)`, x right, y down, clockwise from the text's own top-left,
        so the orientation of a text is in its quad.
    texts: object `(n,)`, NFC strings; None marks a text that is there but not readable (don't care).
    scores: float32 `(n,)` in 0..1.
    lines: int32 `(n,)`, the number of the line a row belongs to; rows are in reading order once it is filled.
    blocks: int32 `(n,)`, the number of the paragraph, cell or region.
    scripts: object `(n,)`, "hangul", "hanja", "latin", "digit", ...
    entities: object `(n,)`, field names such as "date", "amount".
    characters: object `(n,)` of `Characters` or None.
    attributes: object `(n,)` of dict: what a data set says of a row (font, type, degradation); slices are made of it.
    records: what stages found of the page as a whole, lists of JSON-ready dicts by name: "entities", "tables", "pairs". In a record,
        "words" are row numbers, "quad" and "quads" corners in page pixels, `[[x, y] × 4]`.
    left_out: how many texts were found besides, but read too doubtfully, or as nothing, to be given as rows.
    unit: what a row is, one of UNITS.
    turned: True where the quads of a data set are those of the photograph turned upright as its EXIF says: whoever loads it turns it.
    """

    image_path: str | None
    size: tuple[int, int]
    quads: np.ndarray
    texts: np.ndarray
    scores: np.ndarray | None = None
    lines: np.ndarray | None = None
    blocks: np.ndarray | None = None
    scripts: np.ndarray | None = None
    entities: np.ndarray | None = None
    characters: np.ndarray | None = None
    attributes: np.ndarray | None = None
    records: dict = field(default_factory=dict)
    left_out: int = 0
    unit: str = "word"
    turned: bool = False

    def __post_init__(self):
        count = len(self.texts)
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        object.__setattr__(self, "quads", np.asarray(self.quads, np.float32).reshape(-1, 4, 2))
        for name, dtype in _COLUMNS.items():
            column = getattr(self, name)
            if column is not None:
                object.__setattr__(self, name, _column(column, dtype))
                column = getattr(self, name)
                if len(column) != count:
                    raise ValueError(f"All columns of a Page have one row per text. Received: {count} texts, {len(column)} {name}.")
        if self.unit not in UNITS:
            raise ValueError(f"The rows of a Page are one of {', '.join(UNITS)}. Received: {self.unit!r}.")
        if len(self.quads) != count:
            raise ValueError(f"All columns of a Page have one row per text. Received: {count} texts, {len(self.quads)} quads.")

    def __len__(self):
        return len(self.texts)

    def take(self, indices):
        """The Page of the given rows, in the given order: an int array, a boolean mask or a slice. It has no records: they number rows."""
        columns = {name: _take(getattr(self, name), indices) for name in _COLUMNS}
        return replace(self, quads=self.quads[indices], records={}, **columns)

    def line_rows(self):
        """The row indices of each line, a list of int arrays in row order; without `lines` every row is its own line."""
        return _runs(np.arange(len(self)) if self.lines is None else self.lines)

    def block_lines(self):
        """Row indices of the readable rows, block by block and line by line: `[[rows of a line, …] of a block, …]`."""
        blocks, last = [], None
        for rows in self.line_rows():
            rows = rows[[bool(text) for text in self.texts[rows]]]
            if len(rows) == 0:
                continue
            block = 0 if self.blocks is None else self.blocks[rows[0]]
            if block != last:
                blocks.append([])
                last = block
            blocks[-1].append(rows)
        return blocks

    def parted_blocks(self):
        """Each of `block_lines()` and what parts it from the next in the text: `[(lines, string), …]`.

        " " between blocks of one line each that stand side by side, as the cells of a row; "\\n" between such rows; else an empty line.
        "" after the last.
        """
        blocks = self.block_lines()
        if not blocks:
            return []
        boxes = upright_boxes(self.quads)
        ends = [_around(boxes[lines[0]]) if len(lines) == 1 else None for lines in blocks]
        beside = [_are_side_by_side(before, after) for before, after in zip(ends, ends[1:], strict=False)]
        in_row = np.array([False, *beside]) | np.array([*beside, False])  # of each block: whether it stands in a row of several
        breaks = [" " if joined else "\n" if in_row[i] and in_row[i + 1] else "\n\n" for i, joined in enumerate(beside)]
        return list(zip(blocks, [*breaks, ""], strict=True))

    @property
    def text(self):
        """The readable text in row order: spaces between the rows of a line, line breaks, and what `parted_blocks` says between blocks."""
        return "".join("\n".join(" ".join(self.texts[rows]) for rows in lines) + after for lines, after in self.parted_blocks())

    def __repr__(self):
        """What it is of, and how its text begins, in two lines."""
        height, width = self.size
        score = "" if self.scores is None or not len(self) else f", mean score {self.scores.mean():.2f}"
        begin = " / ".join(self.text.split("\n"))
        shown = begin if len(begin) <= SHOWN else f"{begin[:SHOWN]}…"
        return f"Page({self.image_path!r}, {width} × {height} px, {len(self)} {self.unit}s{score})\n{shown!r}"

    def show(self, image=None):
        """The page's image with a frame around each row, a PIL image, which a notebook shows; `.show()` of it opens a window.

        image: uint8 `(height, width[, 3])` or a path; None for `image_path`, its first page. Without any, frames on white.
        """
        from PIL import Image, ImageDraw

        from ocr_crnn.images import read_images

        source = self.image_path if image is None else image
        pixels = np.full((*self.size, 3), 255, np.uint8) if source is None else next(read_images(source)).pixels
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        draw, thickness = ImageDraw.Draw(picture), max(round(min(self.size) / 800), 1)
        for quad in self.quads.astype(float):
            draw.line([*map(tuple, quad), tuple(quad[0])], fill=FRAME, width=thickness)
        return picture

    def to_dataframe(self):
        """A pandas DataFrame, a row each: text, score, line, block, what else is known, and left, top, right, bottom in pixels.

        Raises ImportError without pandas, with the command that installs it.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("A table of a page is pandas'. Received: pandas is not installed. Install it: pip install pandas") from error
        columns = {"text": self.texts, "score": self.scores, "line": self.lines, "block": self.blocks}
        columns |= {"script": self.scripts, "entity": self.entities}
        known = {name: column for name, column in columns.items() if column is not None}
        corners = np.concatenate([self.quads.min(axis=1), self.quads.max(axis=1)], axis=1) if len(self) else np.zeros((0, 4), np.float32)
        return pd.DataFrame({**known, **dict(zip(("left", "top", "right", "bottom"), corners.T, strict=True))})


_COLUMNS = {
    "texts": object, "scores": np.float32, "lines": np.int32, "blocks": np.int32,
    "scripts": object, "entities": object, "characters": object, "attributes": object,
}  # fmt: skip


def _column(values, dtype):
    """A column as a one-dimensional array; objects are stored one by one so that NumPy never looks inside them."""
    if dtype is not object:
        return np.asarray(values, dtype).reshape(-1)
    if isinstance(values, np.ndarray) and values.dtype == object and values.ndim == 1:
        return values
    column = np.empty(len(values), object)
    for index, value in enumerate(values):
        column[index] = value
    return column


def _runs(labels):
    """Indices of runs of equal labels: [3, 3, 5] → [[0, 1], [2]]."""
    if len(labels) == 0:
        return []
    return np.split(np.arange(len(labels)), np.flatnonzero(np.diff(labels)) + 1)


def _around(boxes):
    return [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]


def _are_side_by_side(before, after):
    """Whether a box, left, top, right, bottom, stands to the right of another on its line; None stands beside nothing."""
    if before is None or after is None:
        return False
    height = min(before[3] - before[1], after[3] - after[1])
    into = 0.5 * min(height, before[2] - before[0], after[2] - after[0])  # how far one may reach into the other
    return after[0] >= before[2] - into and min(before[3], after[3]) - max(before[1], after[1]) >= 0.5 * height > 0


def _take(column, indices):
    return None if column is None else column[indices]
