"""Folders in object stores, `s3://bucket/folder` or `gs://…`, by fsspec: listed, fetched and written, each in bounded time.

An object is whole or not there: the stores of ATOMIC show it when all of it has come; in others it is sent under another name and moved.
Credentials are those that the store's own tools use: environment, `~/.aws`, the machine's role.
"""

import logging
import os
import posixpath
import queue
import re
import threading
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from ocr_crnn.images import UnreadableError
from ocr_crnn.images.sources import MAX_PICTURE_BYTES

URL = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}  # of the extra `remote`
ATOMIC = {*PACKAGES, "abfs", "az", "memory"}
LISTING_S = 1200.0  # for all names of a folder: a million takes some five minutes
ANSWER_S = 20.0  # for a question: is it there, what is in it
LEAST_RATE = 200_000  # bytes a second, below which a store is given up
INSTALL = "pip install 'ocr-crnn[remote]'"
UNBOUNDED = (".pdf", ".tif", ".tiff")  # these are read page by page, whatever their size
MARKS = ("ETag", "etag", "md5Hash", "LastModified", "mtime", "updated", "created")  # what changes with the content, as stores call it


class StoreError(ConnectionError):
    """A store that does not answer, or that does not let us in; the message has the rule, the URL and the fix."""


def is_url(text):
    """Whether a text is the URL of a store; that of a file of this machine is none."""
    return URL.match(str(text)) is not None and not str(text).lower().startswith("file://")


def plain_path(text):
    """The path of a `file://` URL; anything else as it is."""
    return str(text)[7:] if str(text).lower().startswith("file://") else text


class Bucket:
    """A folder of a store. Names are keys below it. Goes to other processes by its URL."""

    keep_every_s = 10.0  # between files of bookkeeping

    def __init__(self, url):
        self.url = str(url).rstrip("/")
        self.protocol = URL.match(self.url)[1].lower()
        with self._reached("open"):
            self.store, self.root = _open(self.protocol, self.url)
        self.root = self.root.rstrip("/")

    def __reduce__(self):
        return Bucket, (self.url,)

    def place(self, name):
        return f"{self.url}/{name}" if name else self.url

    def list(self, recursive=True):
        """{name: (bytes, what changes with its content)} of all objects; {} where there is none. A file itself has the name ""."""
        with self._reached("list"):
            found = None
            try:
                self.store.invalidate_cache()
                within(ANSWER_S, self._look)
                found = []
                found = within(LISTING_S, self._list, recursive)
            except FileNotFoundError:
                if found is None:
                    raise
                return {}
        below = len(self.root) + 1
        return {info["name"][below:]: _seen(info) for info in found if info["type"] == "file" and not info["name"].endswith("/")}

    def glob(self, pattern):
        """`list` of the names that match a pattern in this folder."""
        with self._reached("list"):
            found = within(3 * ANSWER_S, self.store.glob, f"{self.root}/{pattern}", detail=True)
        below = len(self.root) + 1
        return {name[below:]: _seen(info) for name, info in found.items() if info["type"] == "file"}

    def seen(self, name):
        """(bytes, what changes with its content) of an object. Raises FileNotFoundError."""
        with self._reached("look at", name):
            return _seen(within(ANSWER_S, self.store.info, self._key(name), refresh=True))

    def fetch(self, name, path):
        """Copy an object to a file. Raises UnreadableError for a picture that would be refused for its size, or one that is gone."""
        try:
            size = self.seen(name)[0]
            if size > MAX_PICTURE_BYTES and posixpath.splitext(name or self.root)[1].lower() not in UNBOUNDED:
                raise UnreadableError(
                    f"The file of an image has at most {MAX_PICTURE_BYTES:,} bytes. Received: {self.place(name)} of {size:,} bytes. "
                    "Save it smaller, or as a TIFF."
                )
            with self._reached("read", name):
                within(_patience(size), self.store.get_file, self._key(name), str(path))
        except FileNotFoundError:
            raise UnreadableError(
                f"A page is read from an object that is there. Received: {self.place(name)}, which is gone. Read the folder again."
            ) from None

    def put(self, path, name):
        """Copy a file to an object, which is whole or not there."""
        key = self._key(name)
        with self._reached("write", name):
            patience = _patience(os.path.getsize(path))
            if self.protocol in ATOMIC:
                within(patience, self.store.put_file, str(path), key)
                return
            folder, _, last = key.rpartition("/")
            beside = f"{folder}/.{last[:16]}.unfinished.{os.urandom(4).hex()}"
            within(ANSWER_S, self.store.makedirs, folder, exist_ok=True)
            within(patience, self.store.put_file, str(path), beside)
            within(patience, self.store.mv, beside, key)

    def write(self, name, contents):
        with self._reached("write", name):
            within(_patience(len(contents)), self.store.pipe_file, self._key(name), contents)

    def read(self, name, most_bytes):
        """The bytes of an object, None where it is not there or has more."""
        try:
            if self.seen(name)[0] > most_bytes:
                return None
            with self._reached("read", name):
                return within(_patience(most_bytes), self.store.cat_file, self._key(name))
        except FileNotFoundError:
            return None

    def remove(self, names):
        with self._reached("remove"):
            for name in names:
                try:
                    within(ANSWER_S, self.store.rm_file, self._key(name))
                except FileNotFoundError:  # another process removes it too
                    continue

    # What a folder of bookkeeping offers too (cluster/bookkeeping.py).

    def names(self, prefix=""):
        """Names of the objects below a folder of this one, sorted."""
        return sorted(f"{prefix}/{name}" if prefix else name for name in Bucket(self.place(prefix)).list())

    def remove_below(self, prefix):
        self.remove(self.names(prefix))

    @contextmanager
    def copy_of(self, name, folder):
        """A path with the contents of an object, in a folder for what is temporary."""
        path = Path(folder) / posixpath.basename(name)
        self.fetch(name, path)
        yield path
        path.unlink()

    @contextmanager
    def making(self, name, folder):
        """A path to write to, which becomes the object."""
        path = Path(folder) / posixpath.basename(name)
        yield path
        self.put(path, name)
        path.unlink()

    def _key(self, name):
        return f"{self.root}/{name}" if name else self.root

    def _look(self):
        """Raises where there is no such bucket, or none that lets us in: soon, whatever it would take to list it."""
        if self.protocol in PACKAGES:
            try:
                self.store.info(self.root)
            except FileNotFoundError:
                self.store.info(self.root.partition("/")[0])

    def _list(self, recursive):
        if not recursive:
            return self.store.ls(self.root, detail=True)
        return list(self.store.find(self.root, detail=True).values())

    @contextmanager
    def _reached(self, what, name=""):
        try:
            yield
        except (FileNotFoundError, StoreError) as error:
            if isinstance(error, StoreError) or what in ("look at", "read"):
                raise
            raise _refused(self.place(name), f"no such bucket or folder to {what}") from None
        except MemoryError:
            raise
        except ImportError as error:
            package = PACKAGES.get(self.protocol, self.protocol)
            raise StoreError(
                f"{self.protocol}:// needs its package. Received: {package} is not installed ({error}). Install it: {INSTALL}"
            ) from None
        except TimeoutError as error:
            raise _refused(self.place(name), str(error) or "no answer in time") from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _DISK:  # of this machine
                raise
            raise _refused(self.place(name), f"could not {what}: {_words(error)}") from error


def within(seconds, function, *arguments, **named):
    """What a function returns, or TimeoutError when that takes longer: libraries of stores try again for minutes."""
    answer = queue.SimpleQueue()

    def ask():
        try:
            answer.put((function(*arguments, **named), None))
        except BaseException as error:
            answer.put((None, error))

    threading.Thread(target=ask, daemon=True).start()
    deadline = time.monotonic() + seconds
    while True:
        try:
            found, error = answer.get(timeout=0.5)  # short, so that signals are heard
            break
        except queue.Empty:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer within {seconds:.0f} seconds") from None
    if error is not None:
        raise error
    return found


def _open(protocol, url):
    import fsspec

    package = PACKAGES.get(protocol)
    if package is not None and find_spec(package) is None:
        raise ImportError(package)
    options = {}
    if package == "s3fs":
        answers = {"connect_timeout": 5, "read_timeout": 30, "retries": {"max_attempts": 3, "mode": "standard"}}
        options = {"config_kwargs": answers, "use_listings_cache": False}
    elif package == "gcsfs":
        options = {"requests_timeout": 30, "use_listings_cache": False}
        logging.getLogger("gcsfs").setLevel(logging.CRITICAL)  # it prints what it raises
    store, root = within(ANSWER_S, fsspec.url_to_fs, url, **options)
    if package == "s3fs":
        store.retries = 2  # of its own, beside those of its library
    return store, root


def _seen(info):
    mark = next((str(info[name]) for name in MARKS if info.get(name)), "")
    return int(info.get("size") or 0), mark.strip('"')


def _patience(size):
    return 3 * ANSWER_S + size / LEAST_RATE


def _words(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}".rstrip(".: ")


def _refused(url, why):
    return StoreError(
        f"A store answers, and lets us in. Received: {url}: {why}. Check the name, the credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID, "
        "AWS_ENDPOINT_URL for s3; GOOGLE_APPLICATION_CREDENTIALS for gs), their permissions and the network."
    )


_DISK = {28, 30, 122}  # ENOSPC, EROFS, EDQUOT
