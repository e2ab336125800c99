"""What every format that is written has: the files of a folder of annotations, added to page by page."""

IMAGES = "images"


class Target:
    """A folder of annotations that is being written. Each format has one of its own, beside its reader.

    holds: columns of a Page that the format holds besides quads and texts, "unit" and "records" among them. of_lines: an image is a line of
    text. images: the folder of the images below that of the annotations, "" where both stand in one.

    folder: is there and empty. name: what it is going to be called. stack: an ExitStack that closes the files.
    """

    holds, of_lines, images = frozenset(), False, ""

    def __init__(self, folder, name, stack):
        self.folder, self.name, self._stack = folder, name, stack
        self.begin()

    def begin(self):
        """Open the files that hold many pages."""

    def add(self, page, name):
        """Write what is known of a page, whose image is there as `images`/`name`; of a line, its only row has a text on one line."""
        raise NotImplementedError

    def end(self):
        """Write the ends of the files."""

    def open(self, name, encoding="utf-8"):
        """A text file of the folder, closed with the stack."""
        return self._stack.enter_context(open(self.folder / name, "w", encoding=encoding, newline=""))
