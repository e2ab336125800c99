"""`--ray [ADDRESS]`, as it is typed."""

import pytest

from ocr_crnn.commands.read.command import with_address
from ocr_crnn.commands.read.sharing import parse_address
from ocr_crnn.commands.read.targets import UsageError


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("--ray scans", "--ray=local scans"),
        ("scans --ray", "scans --ray=local"),
        ("--ray 10.0.0.1:6379 scans", "--ray=10.0.0.1:6379 scans"),
        ("--ray auto scans", "--ray=auto scans"),
        ("--ray=head:6379 scans", "--ray=head:6379 scans"),
        ("--ray s3://b/in -o s3://b/out", "--ray=local s3://b/in -o s3://b/out"),
        ("--ray ray://head:10001 scans", "--ray=ray://head:10001 scans"),
        ("scans -- --ray", "scans -- --ray"),
    ],
)
def test_an_address_is_told_from_a_file(typed, taken):
    assert with_address(typed.split()) == taken.split()


def test_a_file_that_is_called_as_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a:1").touch()
    assert with_address(["--ray", "a:1"]) == ["--ray=local", "a:1"]


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "head:x", ":6379", "head:70000", ""])
def test_what_is_no_address_says_so(address):
    with pytest.raises(UsageError, match=r"such as 10\.0\.0\.1:6379.*Received: .*ray start --head"):
        parse_address(address)


def test_addresses():
    assert [parse_address(text) for text in ("local", "auto", "10.0.0.1:6379", "[::1]:6379")] == [
        "local", "auto", "10.0.0.1:6379", "[::1]:6379",
    ]  # fmt: skip
