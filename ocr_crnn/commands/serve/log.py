"""Lines for whoever runs the service, written by a thread: a pipe or a terminal that nobody reads stops the lines, and not the service."""

import queue
import sys
import threading

from ocr_crnn.names import printable

WAITING = 10_000  # lines
END_S = 2.0  # in which those that wait are written at the end


class Log:
    """Called with a line. stream: standard error, if left out. dropped: lines for which there was no room."""

    def __init__(self, stream=None):
        self.stream, self.lines, self.dropped = stream or sys.stderr, queue.Queue(WAITING), 0
        self.thread = threading.Thread(target=self._write, daemon=True)
        self.thread.start()

    def __call__(self, line):
        try:
            self.lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def end(self):
        """Write what waits, as far as somebody reads it."""
        try:
            self.lines.put(None, timeout=END_S)
        except queue.Full:
            return
        self.thread.join(END_S)

    def _write(self):
        try:
            while (line := self.lines.get()) is not None:
                self._say(line)
                if self.dropped:
                    dropped, self.dropped = self.dropped, 0
                    self._say(f"{dropped:,} lines were dropped, for nobody read them")
        except (OSError, ValueError):  # who read them went away
            while self.lines.get() is not None:
                pass

    def _say(self, line):
        self.stream.write(f"ocr-crnn serve: {printable(line)}\n")
        self.stream.flush()
