"""DataSet: what tells the labels of one set of AI Hub from those of others, and who reads them."""

from collections.abc import Callable
from dataclasses import dataclass

_DEPTH = 4  # of keys, in which every set is told


class WrongDataSetError(ValueError):
    """The folder holds no JSON of the data set that the reader reads."""


@dataclass(frozen=True)
class DataSet:
    """name: as AI Hub calls it, with its dataSetSn. tells: `(key paths, path of the label in lower case) → bool`.
    read_label: `(document, where, report) → Label`, None for a set that has one JSON for all its images.
    fits: as `tells`, for a set that has the keys of another: where no name of a folder tells, it is taken for the one that is asked for."""

    name: str
    tells: Callable
    read_label: Callable | None = None
    fits: Callable = lambda keys, where: False


def document_keys(document):
    """The key paths of a parsed JSON (`images.item.id`), of a list those of its first item."""
    found, level = set(), [("", document)]
    for _ in range(_DEPTH):
        inner = []
        for prefix, value in level:
            if isinstance(value, list):
                value = {"item": value[0]} if value else {}
            if isinstance(value, dict):
                for key, part in value.items():
                    path = f"{prefix}.{key}" if prefix else key
                    found.add(path)
                    inner.append((path, part))
        level = inner
    return found


def first_keys(keys):
    """The keys at the top of a JSON."""
    return {key.split(".")[0] for key in keys}


def decade(attributes):
    """{"decade": 1990} of attributes with a year, else {}."""
    year = str(attributes.get("year", ""))[:4]
    return {"decade": int(year) // 10 * 10} if year.isascii() and year.isdecimal() and len(year) == 4 else {}
