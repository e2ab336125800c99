"""Marks: where in a rendered text a person, a company, a date stands, character by character, without a word about it in the text.

While `marking()` is on, `fields` put a mark before and after what they draw: noncharacters of Unicode, which no font covers and which
take no room in a line. They go along through sentences, paragraphs and cells, and come off where a text is set (`Layout.text`), which
keeps what they said of each character. Off, which is the default, texts are as they always were.
"""

from contextlib import contextmanager
from contextvars import ContextVar

TYPES = ("PERSON", "ORGANIZATION", "ADDRESS", "DATE", "TIME", "MONEY", "QUANTITY", "PHONE", "EMAIL", "ID")
_CLOSE = "\ufdef"
_OPEN = {chr(0xFDD0 + number): kind for number, kind in enumerate(TYPES)}
_MARK_OF = {kind: mark for mark, kind in _OPEN.items()}
MARKS = frozenset([_CLOSE, *_OPEN])
_on = ContextVar("marking", default=False)


@contextmanager
def marking():
    """Within it what `fields` draw is marked."""
    token = _on.set(True)
    try:
        yield
    finally:
        _on.reset(token)


def mark(kind, text):
    """The text, marked as one of TYPES where marking is on. Marks inside it are taken off: the outer one counts."""
    return f"{_MARK_OF[kind]}{unmark(text)}{_CLOSE}" if _on.get() and text else text


def unmark(text):
    """The text without marks."""
    return "".join(character for character in text if character not in MARKS) if not MARKS.isdisjoint(text) else text


def take_marks(text, open_kind=None):
    """(text without marks, list with (kind, whether an entity begins here) or None for each character, kind still open at the end).

    open_kind: what the text before it, such as the line above, has left open. A mark that closes nothing is passed over: a text may have
    been cut anywhere.
    """
    characters, kinds, begins = [], [], False
    for character in text:
        if character in _OPEN:
            open_kind, begins = _OPEN[character], True
        elif character == _CLOSE:
            open_kind = None
        else:
            characters.append(character)
            kinds.append(None if open_kind is None else (open_kind, begins))
            begins = False
    return "".join(characters), kinds, open_kind
