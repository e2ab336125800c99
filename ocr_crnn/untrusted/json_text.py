"""JSON of which nothing is known: bounds on its size, its depth and its numbers, and one error."""

import json
import math
import re

from ocr_crnn.untrusted.plain import DamagedFileError, read_plain

MOST_DEPTH = 64
MOST_BYTES = 1 << 25  # 32 MB; parsed, the densest JSON takes about twenty times as much
MANY_DIGITS = re.compile(r"\d{19}")  # without them no whole number is LARGEST
LARGEST = 1 << 63  # of whole numbers: NumPy holds no larger ones


def read_json_file(path, what, fix, most_bytes=MOST_BYTES, most_depth=MOST_DEPTH):
    """The object in a JSON file. what: of the file, for the message, "A preset's config.json". fix: a sentence.

    Raises DamagedFileError, and OSError as `open` does.
    """
    try:
        return parse_json(read_plain(path, most_bytes), most_bytes, most_depth)
    except ValueError as error:
        raise DamagedFileError(f"{what} is a JSON object. Received: {path}: {error} {fix}") from None


def parse_json(contents, most_bytes=MOST_BYTES, most_depth=MOST_DEPTH, finite=True):
    """The object of a JSON text, bytes in UTF-8 or str: a dict of finite numbers and whole ones below 2^63, nested at most so deep.

    finite: False for a file that may say NaN and Infinity.

    Raises ValueError, whose message is a sentence about the contents.
    """
    if len(contents) > most_bytes:
        raise ValueError(f"{len(contents):,} bytes, more than {most_bytes:,}.")
    try:
        text = contents.decode("utf-8-sig") if isinstance(contents, bytes) else contents
        real = _finite if finite else float
        whole = _whole if MANY_DIGITS.search(text) else None  # a call for each number takes as long as all the rest
        found = json.loads(text, parse_float=real, parse_constant=real, parse_int=whole)
    except UnicodeDecodeError as error:
        raise ValueError(f"no UTF-8 at byte {error.start:,}.") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {most_depth}.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    if not isinstance(found, dict):
        raise ValueError(f"{_kind(found)} in place of an object.")
    _check_depth(found, most_depth)
    return found


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"a number that is not finite, {text[:40]}.")
    return value


def _whole(text):
    if len(text) > 20 or abs(int(text)) >= LARGEST:
        raise ValueError(f"a whole number of 2^63 or more, {text[:40]}.")
    return int(text)


def _check_depth(value, most_depth):
    """Level by level, for a deep one would end the recursion of whoever walks it later."""
    level = [value]
    for _ in range(most_depth):
        level = [
            inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer) if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise ValueError(f"nested deeper than {most_depth}.")


def _kind(value):
    kinds = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    return kinds.get(type(value), type(value).__name__)
