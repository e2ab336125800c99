"""`ocr-crnn check`: what it prints, writes and returns."""

import csv
import os

import pytest
from aihub_fixture import printed_set
from aihub_sets import FAKES
from typer.testing import CliRunner

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.cli import app
from ocr_crnn.data.validation import ValidationReport


@pytest.fixture
def check():
    def run(*arguments):
        result = CliRunner().invoke(app, ["check", *map(str, arguments)])
        return result.exit_code, result.output

    return run


def test_a_data_set(check, tmp_path):
    folder = printed_set(tmp_path / "set", ["가", "나", "다"])
    (folder / "sentence" / "00000001.png").unlink()
    (folder / "sentence" / "00000002.png").write_bytes(b"")
    code, output = check(tmp_path / "set", "--csv", tmp_path / "r.csv")
    assert code == 1 and "image_missing" in output and "image_unreadable" not in output and "2  images used" in output
    assert "No image was opened" in output
    code, output = check(tmp_path / "set", "--images", "--csv", tmp_path / "r.csv")
    assert code == 1 and "image_unreadable" in output and "No image was opened" not in output
    with open(tmp_path / "r.csv", encoding="utf-8-sig", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["kind", "image_missing", "image_unreadable"]


def test_a_spreadsheet_runs_no_finding(tmp_path):
    report = ValidationReport()
    report.add("image_missing", "=cmd|calc!A1", "+1")
    report.write_csv(tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text(encoding="utf-8-sig").splitlines()[1] == "image_missing,'=cmd|calc!A1,'+1"


def test_a_data_set_without_fault(check, tmp_path):
    printed_set(tmp_path / "set", ["가", "나"])
    code, output = check(tmp_path / "set", "--images")
    assert code == 0 and "No problems found." in output


@pytest.mark.parametrize(("damage", "kind"), [("crc", "image_damaged"), ("half", "image_unreadable"), ("end", "image_damaged")])
def test_a_broken_png(check, tmp_path, damage, kind):
    path = printed_set(tmp_path / "set", ["가", "나"]) / "sentence" / "00000001.png"
    whole = path.read_bytes()
    crc = whole.index(b"IEND") - 8  # of the pixels: 4 bytes before the length of IEND
    flipped = whole[:crc] + bytes([whole[crc] ^ 0x40]) + whole[crc + 1 :]
    path.write_bytes({"crc": flipped, "half": whole[: whole.index(b"IDAT") + 12], "end": whole[: whole.index(b"IEND") - 4]}[damage])
    code, output = check(tmp_path / "set", "--images")
    assert code == 1 and kind in output
    assert check(tmp_path / "set")[0] == 0, "images that are not opened are not judged"


def test_images_that_are_missing_are_a_fault_beside_an_alphabet_too(check, tmp_path):
    folder = printed_set(tmp_path / "set", ["가", "나"])
    (folder / "sentence" / "00000001.png").unlink()
    code, output = check("--alphabet", "korean", tmp_path / "set")
    assert code == 1 and "image_missing" in output and "The alphabet covers every character." in output


def test_which_sets_of_ai_hub_lie_there_and_how_much_of_each(check, tmp_path):
    FAKES["handwriting"].write(tmp_path, {"IMG_1": ["가나"], "IMG_2": ["xxx"]})
    FAKES["outdoor"].write(tmp_path, {"간판_1": ["서울"]})
    code, output = check(tmp_path, "--images")
    assert code == 1 and "1  illegible" in output
    assert "2  images of 대용량 손글씨 OCR (605)" in output and "1  images of 야외 실제 촬영 한글 이미지 (105)" in output
    next(path for path in tmp_path.rglob("*.zip") if "TS" in path.name).unlink()
    code, output = check(tmp_path)
    assert "1  labels_without_images  a zip of labels none of whose images is there" in " ".join(output.split("\n"))


def test_nothing_to_read(check, tmp_path):
    for target, message in [(tmp_path / "absent", "has to exist"), (tmp_path, "printed_data_info.json")]:
        code, output = check(target)
        assert code == 1 and message in output and "Received" in output


def test_an_alphabet(check, tmp_path):
    assert check("--alphabet", "korean", "제1조 ㈜한국 ₩1,000") == (0, "The alphabet covers every character.\n")
    assert check("--alphabet", "korean", "가" * 5000)[0] == 0, "a text longer than a file name"
    code, output = check("--alphabet", "korean", "가𝄞나🙂🙂")
    assert code == 1 and output.splitlines()[:2] == ["        2  U+1F642  '🙂'", "        1  U+1D11E  '𝄞'"]
    Alphabet("가나").save(tmp_path / "alphabet.txt")
    (tmp_path / "text.txt").write_text("가나다\n라다\n", encoding="utf-8")
    code, output = check("--alphabet", tmp_path / "alphabet.txt", tmp_path / "text.txt")
    assert code == 1 and output.splitlines()[0].split() == ["2", "U+B2E4", "'다'"] and "lacks 2 characters, used 3 times" in output
    printed_set(tmp_path / "set", ["가가", "나나", "가하"])
    code, output = check("--alphabet", tmp_path / "alphabet.txt", tmp_path / "set")
    assert code == 1 and "U+D558" in output and "3  images used" in output
    assert check("--alphabet", tmp_path / "absent.txt", "가")[0] == 1
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "cp949.txt").write_bytes("가".encode("cp949"))
    for name, told in (("pipe", "a named pipe"), ("cp949.txt", "iconv")):
        code, output = check("--alphabet", "korean", tmp_path / name)
        assert code == 1 and told in output.replace("\n", "") and "Received" in output
