"""ScriptRecognizer: each line is read with the weights of its script, which a small network tells before."""

from ocr_crnn.reading.line_scripts import find_line_scripts
from ocr_crnn.reading.script_network import SCRIPTS, UNKNOWN
from ocr_crnn.recognition.given_lines import prepare_line
from ocr_crnn.recognition.recognizer import load_line


def tell_script(images):
    """The script of each of a list of line images, by the network that ships."""
    return [find_line_scripts(image).script for image in images]


class ScriptRecognizer:
    """Read line images, as a TextRecognizer does.

    recognizers: `{script: recogniser}` of SCRIPTS; the first reads lines of all scripts that are not named, and of none. Several scripts
    may have the same one. tell: list of images → list of scripts.
    min_score, calibration: those of the first recogniser, for a document reader knows one of each.
    With the weights that ship this gains nothing (benchmarks/documents_scripts.py): the default reads all of its scripts as well alone, and
    sooner. It is for weights of one's own, fine-tuned to one script.
    Raises ValueError for no recogniser, and for a script that is none.
    """

    def __init__(self, recognizers, tell=tell_script):
        unknown = sorted(set(recognizers) - {*SCRIPTS, UNKNOWN})
        if unknown or not recognizers:
            raise ValueError(
                f"Recognisers are of the scripts {', '.join(SCRIPTS)}, at least of one. Received: {', '.join(map(str, unknown)) or 'none'}."
            )
        self.recognizers = dict(recognizers)
        self.first = next(iter(self.recognizers.values()))
        self.tell = tell

    @property
    def min_score(self):
        return self.first.min_score

    @property
    def calibration(self):
        return self.first.calibration

    def __call__(self, images):
        """Read images; returns a list of ReadLine in their order. images: as of TextRecognizer.

        Raises UnreadableError for a file that is no image.
        """
        images = [load_line(image) for image in images]
        if all(recognizer is self.first for recognizer in self.recognizers.values()):
            return self.first(images)
        scripts = self.tell([prepare_line(image).image if self.first.prepare else image for image in images])
        of_lines = [self.recognizers.get(script, self.first) for script in scripts]
        read = [None] * len(images)
        for recognizer in dict.fromkeys(of_lines):
            rows = [row for row, one in enumerate(of_lines) if one is recognizer]
            for row, line in zip(rows, recognizer([images[row] for row in rows]), strict=True):
                read[row] = line
        return read

    def for_crops(self):
        """The recogniser as a document reader calls it, see TextRecognizer."""
        return self._of_each(lambda recognizer: recognizer.for_crops())

    def without(self, characters):
        """A recogniser that never reads some characters, see TextRecognizer."""
        return self._of_each(lambda recognizer: recognizer.without(characters))

    def _of_each(self, change):
        changed = {id(one): change(one) for one in self.recognizers.values()}  # what several scripts share they share still
        return ScriptRecognizer({script: changed[id(one)] for script, one in self.recognizers.items()}, self.tell)
