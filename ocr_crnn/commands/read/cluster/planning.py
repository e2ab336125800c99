"""What there is to read on this machine and in stores, and what its outputs are called."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ocr_crnn.commands.read.batch import choose_pages
from ocr_crnn.commands.read.cluster.bookkeeping import HIDDEN
from ocr_crnn.commands.read.cluster.tasks import Document
from ocr_crnn.commands.read.cluster.worker import seen_of
from ocr_crnn.commands.read.masks import mask_name
from ocr_crnn.commands.read.outputs import output_paths, suffixes_of
from ocr_crnn.commands.read.remote import Bucket, is_url
from ocr_crnn.commands.read.targets import UsageError, name_targets, require_inside
from ocr_crnn.files import is_unfinished, real_path
from ocr_crnn.images import SUFFIXES as READABLE
from ocr_crnn.images import find_files

OUT = Path("out")  # stands for a folder of a store


@dataclass(frozen=True)
class Plan:
    """documents: all of them. seen: what they look like, in their order. others: what of the folders is not read. renamed: (source,
    outputs) of those that are called otherwise."""

    documents: list
    seen: list
    others: list
    renamed: list


def make_plan(inputs, folder, recursive, options):
    """The Plan of inputs, paths and URLs. folder: a Path or a Bucket. Raises FileNotFoundError, StoreError and UsageError."""
    wanted, seen, others = {}, {}, []
    local = [path for path in inputs if not is_url(path)]
    for file in _files(local, folder, recursive, others):
        root = next((Path(root) for root in local if Path(root).is_dir() and file.is_relative_to(root)), file.parent)
        below = file.relative_to(root).parent
        wanted[file], seen[file] = (() if ".." in below.parts else below.parts, file.name), seen_of(file)
    for url in filter(is_url, inputs):
        for source, names, mark in _objects(str(url), folder, recursive, others):
            wanted[source], seen[source] = names, mark
    if not wanted:
        raise FileNotFoundError(f"There has to be something to read. Received: {', '.join(map(str, inputs))}, without any image or PDF.")
    rename = partial(mask_name, kinds=options.mask) if options.mask else str
    here = folder if isinstance(folder, Path) else OUT
    targets = name_targets(wanted, here, rename)
    suffixes = suffixes_of(options.formats, options.overlay)
    if here is folder:
        require_inside({source: target for source, target in targets.items() if isinstance(source, Path)}, folder, suffixes)
    else:
        _require_others(targets, folder, suffixes)
    documents = [_document(source, target.relative_to(here).as_posix(), rename) for source, target in targets.items()]
    renamed = [(Path(str(source)), target) for source, target in targets.items() if target.name != Path(str(source)).stem]
    return Plan(documents, [seen[source] for source in targets], others, renamed)


def find_outputs(folder, plan, record, options):
    """Whether all outputs of a document that a Record is of are there. plan: names of all objects of a Bucket, or None."""
    indices = choose_pages(options.pages, record.in_all)
    here = folder if isinstance(folder, Path) else OUT
    paths = output_paths(here / record.document, options.formats, options.overlay, indices, record.in_all)
    if plan is None:
        return all(map(os.path.isfile, paths))
    return all(path.relative_to(here).as_posix() in plan for path in paths)


def _files(inputs, folder, recursive, others):
    """Files of this machine; of folders none that lies in the output folder."""
    if any(str(path) == "-" for path in inputs):
        raise UsageError("What is shared is read from files. Received: - with --ray or a URL. Name the file in place of -.")
    if not inputs:
        return []
    files = find_files(inputs, recursive, others)
    if isinstance(folder, Path):
        out = real_path(folder)
        own = out not in map(real_path, inputs)
        files = [file for file in files if file in map(Path, inputs) or not (own and real_path(file).is_relative_to(out))]
        others[:] = [file for file in others if not real_path(file).is_relative_to(out)]
    return files


def _objects(url, folder, recursive, others):
    """(URL, (names of the folders below, name), what it looks like) of what a URL, a folder or a pattern stands for."""
    head, _, last = url.rstrip("/").rpartition("/")
    if any(mark in last for mark in "*?["):
        bucket = Bucket(head)
        found = {name: mark for name, mark in bucket.glob(last).items() if "/" not in name}
    else:
        bucket = Bucket(url)
        found = bucket.list(recursive)
        if "" in found:
            bucket, found = Bucket(head), {last: found[""]}
            yield from ((bucket.place(name), _below(name), mark) for name, mark in found.items())
            return
    if not found:
        raise FileNotFoundError(f"An input is a file, a folder or a pattern that matches something. Received: {url}. Correct it.")
    inside = None if isinstance(folder, Path) or folder.url == bucket.url else f"{folder.url}/"
    for name in sorted(found):
        source = bucket.place(name)
        if HIDDEN in name.split("/") or any(map(is_unfinished, name.split("/"))) or (inside and source.startswith(inside)):
            continue
        if os.path.splitext(name)[1].lower() in READABLE:
            yield source, _below(name), found[name]
        elif not name.rpartition("/")[2].startswith("."):
            others.append(Path(source))


def _below(name):
    """A key as names of folders and of a file, none of which leads out of where it is put."""
    parts = [part.replace("\0", "_") for part in name.split("/") if part not in ("", ".", "..")]
    return tuple(parts[:-1]), parts[-1] if parts else "_"


def _document(source, document, rename):
    path = source if is_url(source) else os.path.abspath(source)
    hidden, place = rename(path), path if is_url(source) else Path(path)
    if hidden == path:
        return Document(place, str(source), document, called=str(source))
    alias = os.path.join(os.path.dirname(hidden), os.path.basename(document) + Path(path).suffix)
    return Document(place, rename(source), document, alias)


def _require_others(targets, bucket, suffixes):
    for target in targets.values():
        for suffix in suffixes:
            output = bucket.place(target.relative_to(OUT).as_posix() + suffix)
            if output in targets:
                raise UsageError(f"What is read stays as it is. Received: -o that would write over {output}. Name another folder.")
