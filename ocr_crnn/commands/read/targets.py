"""What the outputs of files are called, and that they stay in the folder that was named for them."""

import hashlib
import json
import os
import re
import unicodedata
from collections import Counter
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from pathlib import Path

from ocr_crnn.commands.read.messages import say
from ocr_crnn.files import is_unfinished, locked, real_path, sweep, unfinished_folder

LONGEST = 230  # bytes of a name: with any suffix, `.p000001.overlay.jpg`, it fits into the 255 that file systems allow
PAGE = re.compile(r"\.p\d{4,}$")  # as the outputs of single pages end
RUN, TARGETS = "run", "targets.json"  # the folder that says which outputs a run is writing, and its file


class UsageError(ValueError):
    """Options that do not go together; the message says which and what to do."""


def plan_targets(files, inputs, folder, rename=str):
    """{file: the path of its outputs without suffix}: distinct and below `folder`, whatever the files are called.

    inputs: the paths as they were named; a file found in a folder keeps its place below it. A file is called by its stem; files of equal
    stem (regardless of case and of how Hangul is composed) by their whole names, and what is still equal is numbered. rename: what is made
    of each name, and of those of folders below the ones that were named.
    """
    roots = [path for path in map(Path, inputs) if path.is_dir()]
    wanted = {}
    for file in files:
        root = next((root for root in roots if file.is_relative_to(root)), file.parent)
        below = file.relative_to(root).parent
        wanted[file] = () if ".." in below.parts else below.parts, "stdin" if str(file) == "-" else file.name
    return name_targets(wanted, folder, rename)


def name_targets(wanted, folder, rename=str):
    """`plan_targets` of {file: (names of the folders below, name of the file)}."""
    places = {}
    for file, (below, name) in wanted.items():
        places[file] = Path(folder, *map(rename, below)), clean_name(rename(Path(name).stem))
    names = Counter(_key(place / stem) for place, stem in places.values())
    targets, taken = {}, Names()
    for file, (place, stem) in places.items():
        key = _key(place / stem)
        alone = names[key] == 1 and not (PAGE.search(key) and PAGE.sub("", key) in names)
        name = stem if alone else clean_name(rename(wanted[file][1]))
        candidates = chain([name], (f"{name}_{number}" for number in count(2)))
        targets[file] = next(place / candidate for candidate in candidates if taken.add(_key(place / candidate)))
    return targets


class Names:
    """Names whose outputs are distinct: `a` may have the outputs `a.p0001.json`, which are those of `a.p0001` too."""

    def __init__(self):
        self.taken, self.documents = set(), set()

    def add(self, key):
        """Whether the name was free; it is taken then."""
        document = PAGE.sub("", key)
        if key in self.taken or document in self.taken or key in self.documents:
            return False
        self.taken.add(key)
        if document != key:
            self.documents.add(document)
        return True


def clean_name(name):
    """The name of a file as its outputs can have it: no folder such as "..", nothing that would be swept, not too long."""
    if not name.strip(". "):
        return "_" * max(len(name), 1)
    if is_unfinished(f"{name}.txt"):
        return f"_{name}"
    if len(os.fsencode(name)) <= LONGEST:
        return name
    mark = f"~{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"
    while len(os.fsencode(name)) > LONGEST - len(mark):
        name = name[:-1]
    return name + mark


def require_inside(targets, folder, suffixes):
    """Raise UsageError where an output would be written outside `folder` or over what is read. targets: as of `plan_targets`."""
    root, read = real_path(folder), set(map(real_path, targets))
    for place in {target.parent for target in targets.values()}:
        if not real_path(place).is_relative_to(root):
            raise UsageError(say("leads out", path=place, to=real_path(place), folder=folder))
    for target in targets.values():
        for suffix in suffixes:
            output = target.parent / (target.name + suffix)
            place = real_path(output)
            if place in read:
                raise UsageError(f"What is read stays as it is. Received: -o that would write over {output}. Name another folder.")
            if not place.is_relative_to(root):
                raise UsageError(say("leads out", path=output, to=place, folder=folder))


@contextmanager
def claiming(targets, folder):
    """Say which outputs are written from which files, as long as the block lasts, in a folder that other runs may be writing to.

    What killed runs have left there is removed first. Gives the folder that says so. Raises UsageError where a living one writes the same
    outputs from other files.
    """
    own = {_key(target.relative_to(folder)): os.path.realpath(file) for file, target in targets.items()}
    with ExitStack() as stack:
        with locked(folder):
            for place in {folder, *(target.parent for target in targets.values())}:
                sweep(place)
            for other in folder.glob(f".{RUN}.unfinished.*/{TARGETS}"):
                _require_others(own, _read_claim(other), folder)
            claim = stack.enter_context(unfinished_folder(folder, RUN))
            (claim / TARGETS).write_text(json.dumps(own), encoding="utf-8")
        yield claim


def _read_claim(path):
    try:
        claim = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return claim if isinstance(claim, dict) else {}


def _require_others(own, others, folder):
    for target in own.keys() & others.keys():
        if own[target] != others[target]:
            raise UsageError(say("claimed", target=folder / target, own=own[target], other=others[target]))


def _key(path):
    return unicodedata.normalize("NFC", str(path)).casefold()
