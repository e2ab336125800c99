"""Mutations that keep the outside of a file right, so that its inside is looked at: JSON, PNG, PDF, NumPy arrays, zips (and .npz), HDF5."""

import io
import json
import re
import struct
import warnings
import zipfile
import zlib

import numpy as np

from fuzz.mutate import mutate_bytes

VALUES = (
    None, True, False, 0, -1, 1, 2, 0.5, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), 2**31, 2**63, 2**70, -(2**70),
    10**400, "", "a", "1", "가", "가" * 300, "\ud800", "\0", "\u202e", "<script>", "../../x", "/dev/zero", [], {}, [[]], [None], {"": None},
    [1] * 300,
)  # fmt: skip
DEPTH = 100_000  # of nested lists


def mutate_json(contents, rng):
    """Values, keys and places of a JSON text are changed; some texts, and what is no JSON any more, are mutated as bytes instead."""
    if rng.random() < 0.15:
        return mutate_bytes(contents, rng)
    try:
        root = [json.loads(contents)]
        for _ in range(rng.randint(1, rng.randint(1, 4))):
            _change(root, rng)
        text = json.dumps(root[0], ensure_ascii=rng.random() < 0.5)
    except (ValueError, RecursionError, OverflowError):
        return mutate_bytes(contents, rng)
    if rng.random() < 0.02:
        deep = rng.choice((900, DEPTH))
        text = text.replace("null", "[" * deep + "]" * deep, 1)
    return text.encode("utf-8", "surrogatepass")


def _change(root, rng):
    places = [(holder, key) for holder in _holders(root) for key in (holder if isinstance(holder, dict) else range(len(holder)))]
    holder, key = rng.choice(places)
    what = rng.randrange(6)
    if what == 0 and holder is not root:
        del holder[key]
    elif what == 1 and isinstance(holder, list):
        holder[key:key] = [holder[key]] * rng.choice((1, 3, 50))
    elif what == 2 and isinstance(holder, dict):
        holder[rng.choice(("", "x", key + "x", "__class__"))] = holder.pop(key)
    elif what == 3:
        other, place = rng.choice(places)
        if not _holds(other[place], holder) and not _holds(holder[key], other):
            holder[key], other[place] = other[place], holder[key]
    elif what == 4 and isinstance(holder[key], int | float):
        holder[key] = holder[key] * rng.choice((-1, 10, 1e9, 0)) + rng.choice((0, 1, -1))
    else:
        holder[key] = rng.choice(VALUES)


def _holders(value):
    """Every list and object in a value that has something in it."""
    if isinstance(value, list | dict) and value:
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from _holders(part)


def _holds(value, wanted):
    return value is wanted or any(part is wanted for part in _holders(value))


CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"pHYs", b"acTL", b"fcTL", b"fdAT", b"zTXt", b"iCCP")


def mutate_png(contents, rng):
    """Chunks are changed, dropped, repeated and moved; their checksums are right."""
    if rng.random() < 0.2:
        return mutate_bytes(contents, rng)
    chunks, place = [], 8
    while place + 12 <= len(contents):
        (length,) = struct.unpack_from(">I", contents, place)
        chunks.append([contents[place + 4 : place + 8], contents[place + 8 : place + 8 + length]])
        place += 12 + length
    for _ in range(rng.randint(1, 3)):
        if not chunks:
            break
        number, what = rng.randrange(len(chunks)), rng.randrange(6)
        kind, data = chunks[number]
        if what == 0:
            del chunks[number]
        elif what == 1:
            chunks.insert(rng.randrange(len(chunks)), [kind, data])
        elif what == 2:
            chunks[number][0] = rng.choice(CHUNKS)
        elif kind == b"IDAT" and what < 5:
            try:
                chunks[number][1] = zlib.compress(mutate_bytes(zlib.decompressobj().decompress(data, 2**20), rng))
            except zlib.error:
                chunks[number][1] = mutate_bytes(data, rng)
        else:
            chunks[number][1] = mutate_bytes(data, rng)
    parts = [struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks]
    return contents[:8] + b"".join(parts)


TOKENS = (
    b"/Kids", b"/Count", b"/Type", b"/Pages", b"/Page", b"/Parent", b"/MediaBox", b"/CropBox", b"/Rotate", b"/UserUnit", b"/Contents",
    b"/Resources", b"/XObject", b"/Font", b"/Length", b"/Filter", b"/FlateDecode", b"/DCTDecode", b"/JBIG2Decode", b"/LZWDecode",
    b"/ASCIIHexDecode", b"/Encrypt", b"/Root", b"/Prev", b"/ObjStm", b"/AcroForm", b"/OpenAction", b"/JavaScript", b"null", b"[", b"]",
    b"<<", b">>", b"(", b")", b"1 0 R", b"2 0 R", b"3 0 R", b"99 0 R", b"stream", b"endstream", b"endobj",
)  # fmt: skip


def mutate_pdf(contents, rng):
    """Tokens are exchanged, objects dropped, repeated and renumbered. Offsets are not mended: a reader finds the objects by itself."""
    if rng.random() < 0.3:
        return mutate_bytes(contents, rng)
    for _ in range(rng.randint(1, 4)):
        pattern = rng.choice((rb"/\w+", rb"\b\d+ 0 R", rb"-?\d+(\.\d+)?", rb"\d+ 0 obj.*?endobj", rb"\[.*?\]"))
        found = list(re.finditer(pattern, contents, re.DOTALL))
        if not found:
            continue
        match = rng.choice(found)
        new = match[0]
        if b"obj" in new:
            new = rng.choice((b"", new * 2, new.replace(b" 0 obj", b"1 0 obj", 1), mutate_bytes(new, rng)))
        elif re.fullmatch(rb"-?\d+(\.\d+)?", new):
            new = rng.choice((b"0", b"-1", b"1e9", b"4294967295", b"99999999999", b"0.0001", b"14400", str(rng.randrange(20)).encode()))
        else:
            new = rng.choice(TOKENS)
        contents = contents[: match.start()] + new + contents[match.end() :]
    return contents


NUMPY = b"\x93NUMPY"
TYPES = ("|O", "<f4", "<f8", ">f4", "<f2", "|b1", "<i8", "<U9999", "|V8", "<c16", "|S1", "M8[ns]", "<U4", "|u1")
SHAPES = (
    "()", "(0,)", "(1,)", "(-1,)", "(2, 3)", "(10, 10, 10)", "(1000000000000,)", "(9999999999999999999,)", "(2.5,)", "('a',)", "None",
)  # fmt: skip


def mutate_npy(contents, rng):
    """The header says another type or shape, its length is right; or the numbers change."""
    if not contents.startswith(NUMPY) or len(contents) < 12 or rng.random() < 0.2:
        return mutate_bytes(contents, rng)
    (length,) = struct.unpack_from("<H", contents, 8)
    header, numbers = contents[10 : 10 + length].rstrip(), contents[10 + length :]
    what = rng.randrange(5)
    if what == 0:
        header = re.sub(rb"'descr': '[^']*'", lambda _: f"'descr': '{rng.choice(TYPES)}'".encode(), header)
    elif what == 1:
        header = re.sub(rb"\([^)]*\)", lambda _: rng.choice(SHAPES).encode(), header)
    elif what == 2:
        header = mutate_bytes(header, rng)
    elif what == 3 and len(numbers) >= 4:
        place = rng.randrange(len(numbers) // 4) * 4
        value = rng.choice((float("nan"), float("inf"), -1.0, 0.0, 3e38))
        numbers = numbers[:place] + struct.pack("<f", value) + numbers[place + 4 :]
    else:
        numbers = mutate_bytes(numbers, rng)
    header = header[:60_000] + b" " * (-(len(header[:60_000]) + 11) % 64) + b"\n"
    return contents[:8] + struct.pack("<H", len(header)) + header + numbers


INSIDE = {".json": mutate_json, ".npy": mutate_npy, ".png": mutate_png}
NAMES = ("", "/", "../x", "/etc/passwd", "x" * 300, "가.json", "a\\b", "..", "x.npy", "\udcff")


def mutate_zip(contents, rng, inside=INSIDE):
    """Members are mutated by their suffix, dropped, repeated, renamed and packed in other ways, all with right checksums.

    inside: {suffix: the mutation of such a member}. A .npz is a zip of .npy.
    """
    if rng.random() < 0.2:
        return mutate_bytes(contents, rng)
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            members = [[info.filename, archive.read(info)] for info in archive.infolist()]
    except Exception:  # a zip that has been mutated before
        return mutate_bytes(contents, rng)
    for _ in range(rng.randint(1, 3)):
        if not members:
            break
        number, what = rng.randrange(len(members)), rng.randrange(10)
        name, data = members[number]
        if what == 0:
            del members[number]
        elif what == 1:
            members.append([name, data])
        elif what == 2:
            members[number][0] = rng.choice(NAMES)
        elif what == 3:
            members[number][1] = bytes(rng.choice((0, 1, 2**20)))
        else:
            mutate = next((inside[suffix] for suffix in inside if name.endswith(suffix)), mutate_bytes)
            members[number][1] = mutate(data, rng)
    stream, way = io.BytesIO(), rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(stream, "w", way) as archive:  # names may stand twice
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name.encode("utf-8", "replace").decode()), data)
    return stream.getvalue()


NAMES_OF_LAYERS = (b"conv", b"other", b"", b"/", b"..", b"\xff", b"x" * 60_000, b"conv/kernel:0")


def mutate_h5(contents, rng):
    """Bytes, or what h5py can say: other types and shapes, sizes without numbers, links, storage elsewhere."""
    import h5py

    if rng.random() < 0.5:
        return mutate_bytes(contents, rng)
    stream = io.BytesIO(contents)
    try:
        with h5py.File(stream, "r+") as file:
            for _ in range(rng.randint(1, 3)):
                _change_h5(file, rng)
    except Exception:  # it has been mutated before
        return mutate_bytes(contents, rng)
    return stream.getvalue()


def _change_h5(file, rng):
    import h5py

    groups, sets = [file], []
    file.visititems(lambda _, item: (sets if isinstance(item, h5py.Dataset) else groups).append(item))
    group, what = rng.choice(groups), rng.randrange(8)
    if what == 0 and len(group.attrs):
        group.attrs[rng.choice(list(group.attrs))] = rng.choice((5, np.nan, np.array([b"a", b"conv"]), "", np.zeros((3, 3)), "{" * 100))
    elif what == 1 and len(group.attrs):
        del group.attrs[rng.choice(list(group.attrs))]
    elif what == 2:
        group.attrs[rng.choice(("layer_names", "weight_names"))] = [rng.choice(NAMES_OF_LAYERS) for _ in range(rng.randint(0, 4))]
    elif sets:
        old = rng.choice(sets)
        holder, name = old.parent, old.name.rpartition("/")[2]
        shape, kind = (old.shape if old.size < 10**5 else (3, 4)), old.dtype  # a mutation before may have declared any
        del holder[name]
        if what == 3:
            holder.create_dataset(name, (2**rng.randint(1, 40), 2**rng.randint(0, 20)), "f4", chunks=(1, 1))
        elif what == 4:
            holder.create_dataset(name, shape, kind, external=[(rng.choice(("/etc/passwd", "/dev/zero")), 0, h5py.h5f.UNLIMITED)])
        elif what == 5:
            holder[name] = rng.choice((h5py.SoftLink("/"), h5py.SoftLink("nowhere"), h5py.ExternalLink("/etc/passwd", "/")))
        elif what == 6:
            values = np.full(shape, np.nan, "f4"), np.zeros(shape, "c8"), np.ones(shape, "?")
            holder[name] = rng.choice((b"text", np.array([b"a", b"b"]), *values))
        else:
            holder.create_group(name)
