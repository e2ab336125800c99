"""Names of files and messages as people see them: on a terminal, which obeys some characters, and in a spreadsheet, which runs others."""

import os
import re

RAW = re.compile("[^/\\s]*[\udc80-\udcff][^/\\s]*")  # a part of a path with bytes that are no UTF-8, as Python holds them
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # by a terminal; not tabs and line breaks
# A cell of a spreadsheet that begins so is a formula, in East Asian ones also with full-width signs.
RUN = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
PASSWORD = re.compile(r"((?:://|^(?!\w+://))[^/\s:@]*):\S*@")  # of a URL, or of what was meant for one
ESCAPED = re.compile(r"\\udc([89a-f][0-9a-f])")


def readable(name):
    """A path as text: parts whose bytes are no UTF-8 are read as CP949, as in archives of Korean Windows, or shown as `\\udcb0`."""
    return RAW.sub(lambda part: _decode(part[0]), str(name))


def printable(text):
    """A message as a terminal can show it: names are readable, what a terminal would obey is shown as `\\x1b`, passwords are hidden."""
    shown = OBEYED.sub(lambda character: f"\\x{ord(character[0]):02x}", hide_passwords(readable(text)))
    return _without_halves(shown)


def hide_passwords(text):
    """A text without the passwords of its URLs, `http://user:password@host`."""
    return PASSWORD.sub(r"\1:…@", text)


def to_cell(value):
    """A value for a CSV file: texts that a spreadsheet would run begin with an apostrophe, bytes that are no UTF-8 stand as `\\udcb0`."""
    if not isinstance(value, str):
        return value
    return _without_halves(f"'{value}" if value.startswith((*RUN, "'")) else value)


def from_cell(text):
    """What `to_cell` was given, of a text."""
    text = text[1:] if text.startswith("'") else text
    return ESCAPED.sub(lambda byte: chr(0xDC00 + int(byte[1], 16)), text) if os.name == "posix" else text


def _decode(part):
    try:
        return part.encode("utf-8", "surrogateescape").decode("cp949")
    except UnicodeError:
        return _without_halves(part)


def _without_halves(text):
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
