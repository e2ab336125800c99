"""What is kept of what is finished: the latest counts, damage is counted, many files become one."""

import pytest

from ocr_crnn.commands.read.cluster import bookkeeping
from ocr_crnn.commands.read.cluster.bookkeeping import Folder, Record, Records, digest, key_of, parse_records, part_name, parts_of
from ocr_crnn.commands.read.remote import Bucket


def record(name="a", content="c", options="o", seen=(3, "x")):
    return Record(name, options, content, seen, 2)


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path):
    return Folder(tmp_path / "hidden") if request.param == "folder" else Bucket(f"memory://{tmp_path.name}/hidden")


def test_the_latest_record_counts_and_survives(place):
    first = Records(place)
    first.add(record(content="old")), first.keep(), first.add(record("나")), first.add(record()), first.keep(), first.keep()
    again = Records(place)
    assert again.known == {"a": record(), "나": record("나")} and len(place.names("finished")) == 2
    again.forget(["a", "unknown"])
    assert Records(place).get("a").options == ""


def test_many_files_become_one(place, monkeypatch):
    monkeypatch.setattr(bookkeeping, "MANY_FILES", 3)
    for number in range(4):
        records = Records(place)
        records.add(record(f"{number}")), records.keep()
    assert len(place.names("finished")) == 4
    assert set(Records(place).known) == {"0", "1", "2", "3"} and len(place.names("finished")) == 1
    assert set(Records(place).known) == {"0", "1", "2", "3"}


def test_lines_that_are_no_records_are_counted(tmp_path):
    good = '{"document": "a", "options": "o", "content": "c", "seen": [1], "in_all": 1}'
    lines = [good, "", "{", "[]", "{}", good.replace('"a"', "1"), good.replace("[1]", "1"), good[:-1] + ', "more": 1}', good[:-1], "\0"]
    found, wrong = parse_records("\n".join(lines).encode())
    assert [one.document for one in found] == ["a"] and wrong == 9
    assert parse_records(b"") == ([], 0)


def test_bytes_of_a_place(place, tmp_path):
    place.write("parts/x/1.part", b"1")
    with place.making("parts/x/2.part", tmp_path) as path:
        path.write_bytes(b"22")
    assert place.names("parts") == ["parts/x/1.part", "parts/x/2.part"] and place.names("other") == []
    with place.copy_of("parts/x/2.part", tmp_path) as path:
        assert path.read_bytes() == b"22"
    assert place.read("parts/x/2.part", 2) == b"22" and place.read("parts/x/2.part", 1) is None and place.read("absent", 9) is None
    place.remove_below("parts/x")
    assert place.names() == []


def test_keys_differ_where_content_or_options_do():
    assert len({key_of("a", "b"), key_of("a", "c"), key_of("b", "b"), digest({"a": 1}), digest({"a": 2})}) == 5
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert part_name("d", "k", (16, 17)) == f"{parts_of('d', 'k')}/00000016-002.part" and parts_of("d") != parts_of("e")
