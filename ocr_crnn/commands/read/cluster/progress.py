"""How far a shared run is: the bar of a terminal, or a line a minute where there is none; at its end the pages a second."""

import sys
import time

from ocr_crnn.commands.read.messages import say
from ocr_crnn.names import printable

EVERY_S = 60.0


class Progress:
    def __init__(self, report, quiet, actors):
        self.report, self.quiet, self.actors = report, quiet, actors
        self.pages, self.began = 0, time.monotonic()
        self.said = self.began

    def add(self, pages, words=0, score_sum=0.0):
        self.pages += pages
        self.report.advance(pages, words, score_sum)

    def skip(self, pages):
        """Pages that were read before."""
        self.report.advance(pages, 0, 0.0)

    def say_at_times(self):
        if self.report.bar is None and not self.quiet and time.monotonic() > self.said + EVERY_S:
            self.said = time.monotonic()
            tell(self._line("shared"))

    def end(self):
        if self.pages and not self.quiet:
            self.report.say(self._line("shared"))

    def _line(self, key):
        seconds = time.monotonic() - self.began
        return say(key, pages=self.pages, seconds=seconds, rate=self.pages / max(seconds, 1e-3), actors=self.actors)


def tell(line):
    print(printable(line), file=sys.stderr, flush=True)
