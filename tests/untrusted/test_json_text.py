import pytest

from ocr_crnn.untrusted.json_text import parse_json, read_json_file
from ocr_crnn.untrusted.plain import DamagedFileError


def test_what_it_says():
    assert parse_json(b'\xef\xbb\xbf{"a": [1, -2.5, "\\ud55c", null, true, 9223372036854775807]}')["a"] == [
        1,
        -2.5,
        "한",
        None,
        True,
        2**63 - 1,
    ]


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        (b"", "Expecting value"),
        (b'{"a": 1', "line 1, column 8"),
        (b"[]", "a list in place"),
        (b"5", "a number in place"),
        (b'{"a": "\xff"}', "no UTF-8 at byte 7"),
        (b'{"a": NaN}', "not finite, NaN"),
        (b'{"a": [-Infinity]}', "not finite"),
        (b'{"a": 1e999}', "not finite, 1e999"),
        (b'{"a": 9223372036854775808}', "2\\^63"),
        (b'{"a": ' + b"9" * 5000 + b"}", "2\\^63"),
        (b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}", "nested deeper than 64"),
        (b'{"a": ' * 100_000, "nested deeper|Expecting"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper"),
        (b'{"a": "' + b"b" * 1000 + b'"}', "more than 500"),
    ],
)
def test_what_is_refused(contents, told):
    with pytest.raises(ValueError, match=told):
        parse_json(contents, most_bytes=500 if b"bbb" in contents else 1 << 22)


def test_a_file_is_named(tmp_path):
    (tmp_path / "x.json").write_text('{"a":')
    with pytest.raises(DamagedFileError, match=r"A card is a JSON object. Received: .*x\.json: Expecting value .* Write it anew\."):
        read_json_file(tmp_path / "x.json", "A card", "Write it anew.")
