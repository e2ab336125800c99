"""The tree agrees with the library on whatever the library writes; what is damaged or of another machine is one error."""

import multiprocessing
import os
import struct
from concurrent.futures import ThreadPoolExecutor

import lmdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from words import samples, write_lmdb

from ocr_crnn.data.samples import open_lmdb, read_image_bytes
from ocr_crnn.untrusted.lmdb_tree import LmdbTree, OtherLmdbError
from ocr_crnn.untrusted.plain import DamagedFileError

MOST = 1 << 20


def fail(error):
    raise error


def read_all(path):
    tree = LmdbTree(path)
    return {key: tree.get(key, MOST) for key in tree.keys(fail)}


# Keys of up to 511 bytes, and values that stand in a leaf, on a page of their own, and on several.
VALUES = st.one_of(st.binary(max_size=300), st.integers(0, 20_000).map(bytes))
RECORDS = st.dictionaries(st.binary(min_size=1, max_size=511), VALUES, max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS, removed=st.integers(0, 20))
def test_what_the_library_writes_is_read(tmp_path_factory, records, removed):
    path = write_lmdb(tmp_path_factory.mktemp("tree"), records)
    gone = list(records)[:removed]
    with lmdb.open(str(path.parent), map_size=1 << 26, lock=False, sync=False) as environment, environment.begin(write=True) as transaction:
        for key in gone:
            transaction.delete(key)
    wanted = {key: value for key, value in records.items() if key not in gone}
    assert read_all(path) == wanted and list(LmdbTree(path).keys(fail)) == sorted(wanted)
    tree = LmdbTree(path)
    assert tree.entries == len(wanted) and all(tree.get(key, MOST) is None for key in [*gone, b"\0\0", b"\xff" * 600] if key not in wanted)


def test_a_deep_tree_and_a_later_transaction(tmp_path):
    records = {b"%0500d" % number: b"%d" % number for number in range(2000)}  # seven keys a page
    path = write_lmdb(tmp_path, records)
    assert read_all(path) == records
    write_lmdb(tmp_path, {b"later": b"1"})
    assert read_all(path) == records | {b"later": b"1"}


def test_nothing_is_written_beside_it(tmp_path):
    path = write_lmdb(tmp_path / "a", {b"key": b"value"})
    path.chmod(0o444)
    (tmp_path / "a" / "lock.mdb").write_bytes(b"of another program")
    (tmp_path / "a").chmod(0o555)
    before = {name: os.stat(tmp_path / "a" / name).st_mtime_ns for name in os.listdir(tmp_path / "a")}
    assert read_all(path) == {b"key": b"value"}
    assert before == {name: os.stat(tmp_path / "a" / name).st_mtime_ns for name in os.listdir(tmp_path / "a")}
    (tmp_path / "a").chmod(0o755)


def damage(path, place, form, *values):
    contents = bytearray(path.read_bytes())
    struct.pack_into(form, contents, place, *values)
    path.write_bytes(contents)


@pytest.mark.parametrize(
    ("place", "form", "value", "told"),
    [
        (16, ">I", 0xBEEFC0DE, "high byte first"),
        (12, "<I", 0xBEEFC0DE, "32-bit"),
        (20, "<I", 2, "of version 2"),
    ],
)
def test_of_another_machine(tmp_path, place, form, value, told):
    path = write_lmdb(tmp_path, {b"key": b"value"})
    damage(path, place, form, value)
    with pytest.raises(OtherLmdbError, match=f"Received: .*{told}.*mdb_load"):
        LmdbTree(path)


def test_several_values_for_a_key_are_another_kind(tmp_path):
    path = write_lmdb(tmp_path, {b"key": b"value"})
    damage(path, 4096 + 92, "<H", 4)  # MDB_DUPSORT
    with pytest.raises(OtherLmdbError, match="several values"):
        LmdbTree(path)


def test_the_second_page_has_to_be_there(tmp_path):
    """It may hold what was written last: without it the tree of before would be read, as if it were whole."""
    path = write_lmdb(tmp_path, {b"key": b"value"})
    damage(path, 4096 + 16, "<I", 0)
    with pytest.raises(DamagedFileError, match="another second page"):
        LmdbTree(path)


def test_a_database_is_no_value(tmp_path):
    with lmdb.open(str(tmp_path), map_size=1 << 24, lock=False, max_dbs=2) as environment:
        environment.open_db(b"inside")
    with pytest.raises(DamagedFileError, match="a database in place of the value"):
        LmdbTree(tmp_path / "data.mdb").get(b"inside", MOST)


@pytest.mark.parametrize(("contents", "told"), [(b"", "0 bytes"), (b"a" * 151, "151 bytes"), (b"a" * 9000, "another beginning")])
def test_what_is_no_lmdb(tmp_path, contents, told):
    (tmp_path / "data.mdb").write_bytes(contents)
    with pytest.raises(DamagedFileError, match=told):
        LmdbTree(tmp_path / "data.mdb")


def test_wherever_it_is_cut_off_the_rest_is_read(tmp_path):
    records = samples([f"word {number}" for number in range(60)]) | {b"long": bytes(30_000)}
    path = write_lmdb(tmp_path, records)
    whole = path.read_bytes()
    for size in range(0, len(whole), 3001):
        path.write_bytes(whole[:size])
        errors = []
        try:
            tree = LmdbTree(path)
        except DamagedFileError:
            assert size < 8192
            continue
        found = {}
        for key in tree.keys(errors.append):
            try:
                found[key] = tree.get(key, MOST)
            except DamagedFileError as error:
                errors.append(error)
        assert found.items() <= records.items() and (errors or found == records)


def test_a_tree_in_a_circle_ends(tmp_path):
    path = write_lmdb(tmp_path, {b"%0500d" % number: b"" for number in range(40)})
    root = struct.unpack_from("<Q", path.read_bytes(), 4096 + 128)[0]  # of the second page, whose transaction is the later one
    contents = path.read_bytes()
    first, second = struct.unpack_from("<HH", contents, root * 4096 + 16)[:2]
    for node in (first, second):
        damage(path, root * 4096 + node, "<H", root)
    with pytest.raises(DamagedFileError, match="more than 32 levels"):
        LmdbTree(path).get(b"0", MOST)
    errors = []
    list(LmdbTree(path).keys(errors.append))
    assert len(errors) == 2 and "at two places" in str(errors[0])


def test_values_have_a_limit(tmp_path):
    tree = LmdbTree(write_lmdb(tmp_path, {b"key": bytes(MOST + 1)}))
    with pytest.raises(DamagedFileError, match="more than 1,048,576"):
        tree.get(b"key", MOST)
    assert len(tree.get(b"key", MOST + 1)) == MOST + 1


def test_threads_share_one_and_processes_open_their_own(tmp_path, monkeypatch):
    records = samples([f"{number}" for number in range(50)])
    path = write_lmdb(tmp_path, records)
    tree = open_lmdb(path)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda key: tree.get(key, MOST), records)) == list(records.values())
    names = [f"{path}::image-{number:09d}" for number in range(1, 51)]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(read_image_bytes, names) == [records[b"image-%09d" % number] for number in range(1, 51)]
    assert open_lmdb(path) is tree
    monkeypatch.setattr(os, "getpid", lambda: 1)  # as in a process that was forked
    assert open_lmdb(path) is not tree
