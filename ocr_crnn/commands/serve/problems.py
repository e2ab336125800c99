"""What is answered when a request cannot be answered: JSON of RFC 9457 with the rule, what was received and the fix."""

import json
import re
from http import HTTPStatus

from ocr_crnn.names import printable

MEDIA_TYPE = "application/problem+json"
LONGEST = 2000  # characters of a detail
SHOWN = 80  # characters of a value that is repeated
PATH = re.compile(r"(?<![\w/.…])/(?:[^\s/'\":,;]+/)+[^\s'\":,;]*")  # an absolute one, of two parts or more


class Problem(Exception):
    """Ends a request. status: of HTTP. code: a word for programs. detail: rule, received, fix. headers: more of them, a dict."""

    def __init__(self, status, code, detail, headers=None):
        super().__init__(detail)
        self.status, self.code, self.headers = status, code, headers or {}
        self.detail = printable(detail)[:LONGEST]

    def body(self):
        """The JSON, bytes."""
        problem = {"type": f"urn:ocr-crnn:{self.code}", "title": title(self.status), "status": self.status, "detail": self.detail}
        return json.dumps(problem, ensure_ascii=False).encode() + b"\n"

    def head(self):
        """Headers with their type."""
        return {"content-type": MEDIA_TYPE, "x-content-type-options": "nosniff", **self.headers}


def title(status):
    """ "Not Found" of 404."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def without_paths(text):
    """A message without absolute paths: where things lie on this machine is nobody's business."""
    return PATH.sub("…", text)


def shown(value):
    """A value of a request as a message can repeat it."""
    value = str(value)
    return repr(value[:SHOWN]) + ("…" if len(value) > SHOWN else "")


def internal(error):
    """The Problem of an error of our own; what it says may be of a document, and stays here."""
    kind = type(error).__name__
    return Problem(500, "internal", f"A request has an answer. Received: {kind} on the way to it. Report this, if it comes again.")
