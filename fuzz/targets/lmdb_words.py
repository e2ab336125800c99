"""LMDBs of words: trees of pages whose places, lengths and numbers lead anywhere. What cannot be read is a finding."""

import struct
import tempfile
from pathlib import Path

from fuzz.frame import as_folder, target
from fuzz.mutate import NUMBERS, mutate_bytes
from fuzz.targets.data_sets import _png

IMAGE, LABEL = b"image-%09d", b"label-%09d"
PAGE, HEAD, META = 4096, 16, 152  # bytes of a page, of its head, and of a first page that count


def seed_lmdbs():
    """One leaf; and a tree of branches whose values stand on pages of their own too, written twice."""
    import lmdb

    image = _png()
    few = {b"num-samples": b"3"} | {key % number: value for number in (1, 2, 3) for key, value in ((IMAGE, image), (LABEL, b"a"))}
    many = {b"num-samples": b"40"}
    for number in range(1, 41):
        many |= {IMAGE % number: image + bytes(number * 200), LABEL % number: "가나".encode() * number}
    for records in (few, many):
        with tempfile.TemporaryDirectory() as folder:
            with lmdb.open(folder, map_size=1 << 24, lock=False, sync=False) as environment:
                for part in (dict(list(records.items())[::2]), records):
                    with environment.begin(write=True) as transaction:
                        for key, value in part.items():
                            transaction.put(key, value)
            yield (Path(folder) / "data.mdb").read_bytes()


def mutate_lmdb(contents, rng):
    """Any bytes; or a number where the pages keep theirs: in a head, in the list of nodes, in a node, in the first two pages."""
    if rng.random() < 0.3 or len(contents) < 3 * PAGE:
        return mutate_bytes(contents, rng)
    contents = bytearray(contents)
    pages = len(contents) // PAGE
    for _ in range(rng.randint(1, 4)):
        page = rng.randrange(pages) * PAGE
        kind = rng.randrange(5)
        if kind == 0:
            place, form = page + rng.choice((0, 10, 12, 14)), "<H"
        elif kind == 1:
            place, form = page + HEAD + 2 * rng.randrange(60), "<H"
        elif kind == 2:
            node = struct.unpack_from("<H", contents, page + HEAD + 2 * rng.randrange(20))[0] % (PAGE - 8)
            place, form = page + node + rng.choice((0, 2, 4, 6)), "<H"
        elif kind == 3:
            place, form = rng.randrange(2) * PAGE + rng.randrange(HEAD, META - 8, 4), rng.choice(("<I", "<Q"))
        else:
            other = rng.randrange(pages) * PAGE
            contents[page : page + PAGE] = contents[other : other + PAGE]
            continue
        number = rng.choice((*NUMBERS, rng.randrange(pages), rng.randrange(PAGE)))
        struct.pack_into(form, contents, place, number % 256 ** struct.calcsize(form))
    return bytes(contents)


@target(seed_lmdbs, ValueError, mutate_lmdb)
def lmdb_words(contents):
    """Read, open every image, and write again what has been read."""
    from ocr_crnn.data.annotations.writing import Writer
    from ocr_crnn.data.ground_truth import read_ground_truth
    from ocr_crnn.data.validation import check_images

    truth = read_ground_truth(as_folder({"data.mdb": contents}, "words"))
    check_images(truth.pages, truth.report, workers=1)
    str(truth.report)
    with Writer(as_folder({}, "written"), "csv", truth.report) as writer:
        for page in truth.pages[:3]:
            writer.add(page)
