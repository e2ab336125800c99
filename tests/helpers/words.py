"""Small LMDBs of words, written with the library, whole or with what is wrong with them."""

import io

import lmdb
import numpy as np
from PIL import Image

SIZE = (16, 48)


def png(number=0, size=SIZE):
    """A grey image, another one for each number."""
    stream = io.BytesIO()
    Image.fromarray(((np.add.outer(np.arange(size[0]), np.arange(size[1])) + 7 * number) % 256).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def write_lmdb(folder, records):
    """`{key: value}` in a folder of its own; returns its data.mdb."""
    folder.mkdir(parents=True, exist_ok=True)
    with lmdb.open(str(folder), map_size=1 << 26, lock=False, sync=False) as environment, environment.begin(write=True) as transaction:
        for key, value in records.items():
            transaction.put(key, value)
    return folder / "data.mdb"


def samples(labels, first=1):
    """The records of samples with these labels, texts or bytes, and their number."""
    records = {b"num-samples": b"%d" % len(labels)}
    for number, label in enumerate(labels, first):
        records[b"image-%09d" % number] = png(number)
        records[b"label-%09d" % number] = label if isinstance(label, bytes) else label.encode()
    return records
