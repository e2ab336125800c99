"""Which files there are to read. Nothing is opened here: a pipe would keep whoever opens it waiting for ever."""

import os
from pathlib import Path

from ocr_crnn.files import is_unfinished

HEIF = (".heic", ".heif")  # photographs of phones; read by pillow-heif
SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".jp2", ".ppm", ".pgm", *HEIF)


def find_files(paths, recursive=False, skipped=None):
    """Files, folders and patterns → sorted, distinct files whose suffix is a known one; what is named itself is always taken.

    skipped: a list to which is added what else there is in folders, hidden names aside: other files, pipes, sockets, devices, broken
    links, folders called as pictures are, and folders that cannot be opened.
    Raises FileNotFoundError for a name that matches nothing.
    """
    found = []
    for path in map(Path, paths):
        if path.is_dir():
            files, others = [], []
            _look_into(path, recursive, files, others)
            found += sorted(entry for entry in files if entry.suffix.lower() in SUFFIXES)
            if skipped is not None:
                others += [entry for entry in files if entry.suffix.lower() not in SUFFIXES]
                skipped += sorted(entry for entry in others if not entry.name.startswith("."))
        elif path.exists() or str(path) == "-":
            found.append(path)
        else:
            matches = sorted(path.parent.glob(path.name)) if any(c in path.name for c in "*?[") else []
            if not matches:
                raise FileNotFoundError(f"An input is a file, a folder or a pattern that matches something. Received: {path}. Correct it.")
            found += matches
    return list(dict.fromkeys(found))


def _look_into(folder, recursive, files, others):
    try:
        with os.scandir(folder) as entries:
            entries = [entry for entry in entries if not is_unfinished(entry.name)]  # which another run is about to write
    except OSError:
        others.append(folder)
        return
    for entry in entries:
        path = folder / entry.name
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError:  # a link that leads back to itself
            is_folder = is_file = False
        if is_folder and recursive and not entry.is_symlink():
            _look_into(path, recursive, files, others)
        elif is_file:
            files.append(path)
        elif not is_folder or path.suffix.lower() in SUFFIXES:
            others.append(path)
