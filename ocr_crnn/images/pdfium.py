"""The process that PDFium runs in: `python -P pdfium.py SECONDS BYTES` answers on standard output what is asked on standard input.

PDFium takes one thread at a time, and a PDF of 3 kB can keep it busy for hours, take all memory or crash it. Here that ends a process of
its own, bounded in processor time for each question and in memory beyond what the start takes, and not the program that reads the page.
Nothing of ocr_crnn is imported: it starts in a tenth of a second. A question and an answer is a line of JSON, bytes behind it where it
says so:

    {"do": "open", "path" or "bytes": length, "password"}  → {"pages"}
    {"do": "size", "page"}           → {"size": [width, height]} in points
    {"do": "render", "page", "dpi"}  → {"size": [width, height], "stride"}: rows of RGB, `stride` bytes each
    {"do": "has_text", "page"}       → {"has_text"}
    {"do": "close"}                  → {}
    whatever fails                   → {"error"}
"""

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress


def main(seconds, memory):
    import pypdfium2

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks, who ends this process
    threading.Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    limit_memory(memory)
    document = None
    for line in questions:
        question = json.loads(line)
        limit_time(seconds)
        contents = b""
        try:
            if question["do"] in ("open", "close"):
                if document is not None:
                    document.close()
                document = open_document(question, questions) if question["do"] == "open" else None
                answer = {} if document is None else {"pages": len(document)}
            else:
                answer, contents = ACTIONS[question["do"]](document, question)
        except (pypdfium2.PdfiumError, OSError, MemoryError, ValueError) as error:
            answer = {"error": str(error) or type(error).__name__}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.write(contents)
        answers.flush()


def open_document(question, stream):
    import pypdfium2

    source = stream.read(question["bytes"]) if "bytes" in question else question["path"]
    if isinstance(source, str) and not source.isprintable():  # PDFium takes names in UTF-8 only, but reads from any open file
        source = open(source, "rb")  # noqa: SIM115
    return pypdfium2.PdfDocument(source, password=question["password"], autoclose=True)


def measure(document, question):
    page = document[question["page"]]
    try:
        return {"size": page.get_size()}, b""
    finally:
        page.close()


def render(document, question):
    page = document[question["page"]]
    try:
        bitmap = page.render(scale=question["dpi"] / 72, rev_byteorder=True)
    finally:
        page.close()  # and with it the pictures on it
    rows = memoryview(bitmap.buffer).cast("B")
    return {"size": [bitmap.width, bitmap.height], "stride": bitmap.stride}, rows


def has_text(document, question):
    page = document[question["page"]]
    try:
        text = page.get_textpage()
        found = bool(text.get_text_range().strip())
        text.close()
        return {"has_text": found}, b""
    finally:
        page.close()


ACTIONS = {"size": measure, "render": render, "has_text": has_text}


def limit_memory(size):
    """On Linux only, which tells what is taken already."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as status:
            taken = int(status.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + size, resource.getrlimit(resource.RLIMIT_AS)[1]))


def limit_time(seconds):
    """Where there are such limits; the one who asks has another."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        end = int(time.process_time()) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (end, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def end_with_parent(parent):
    """Standard input of a process that was killed may stay open in a fork of it."""
    while os.getppid() == parent:
        time.sleep(5)
    os._exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
