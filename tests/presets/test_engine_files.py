import json
import os

import pytest

from ocr_crnn.presets import PresetError, read_preset, write_preset
from ocr_crnn.presets.engine_files import LiteRTError, read_engine_files, write_engine_files

CARD = "## LiteRT files\n\n{}\n"


@pytest.fixture
def folder(tmp_path):
    files = {"words.txt": lambda path: path.write_text("가")}
    return write_preset(tmp_path / "p", {"task": "detection", "arguments": {"a": 1}}, files, "# Card\n\nOf words.\n")


def test_files_are_added_and_replaced(folder):
    write_engine_files(folder, {"maps": b"old"}, {"stride": 4}, CARD.format("first"))
    write_engine_files(folder, {"maps": b"new"}, {"stride": 8}, CARD.format("second"))
    files, record = read_engine_files(*read_preset(folder, "detection"))
    assert files == {"maps": b"new"} and record == {"version": 1, "files": {"maps": "maps.tflite"}, "stride": 8}
    assert (folder / "README.md").read_text() == "# Card\n\nOf words.\n\n## LiteRT files\n\nsecond\n"
    assert (folder / "words.txt").read_text() == "가" and read_preset(folder)[1]["arguments"] == {"a": 1}


@pytest.mark.parametrize("moves", range(5))
def test_a_call_that_is_killed_leaves_a_preset_that_can_be_read_and_quantised(folder, moves, monkeypatch):
    write_engine_files(folder, {"maps": b"old", "head": b"old"}, {}, CARD.format("old"))
    replace, left = os.replace, [moves]

    def kill(source, target):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", kill)
        with pytest.raises(KeyboardInterrupt):
            write_engine_files(folder, {"maps": b"new", "head": b"new"}, {}, CARD.format("new"))
    config = read_preset(folder)[1]
    assert "engine" not in config or read_engine_files(folder, config)[0] == {"maps": b"old", "head": b"old"}
    write_engine_files(folder, {"maps": b"new", "head": b"new"}, {}, CARD.format("new"))
    assert read_engine_files(*read_preset(folder))[0] == {"maps": b"new", "head": b"new"}


def test_a_damaged_file_is_refused(folder):
    write_engine_files(folder, {"maps": b"good"}, {}, CARD)
    (folder / "maps.tflite").write_bytes(b"bad")
    with pytest.raises(PresetError, match=r"as they were written. Received: .*maps\.tflite"):
        read_preset(folder)


def test_a_preset_without_or_of_another_version_names_the_command(folder):
    with pytest.raises(LiteRTError, match=f"Received: {folder} without.*ocr-crnn quantise {folder}"):
        read_engine_files(folder, read_preset(folder)[1])
    write_engine_files(folder, {"maps": b"good"}, {"version": 0}, CARD)
    with pytest.raises(LiteRTError, match=f"of version 1. Received: {folder}, version 0.*ocr-crnn quantise {folder}"):
        read_engine_files(folder, read_preset(folder)[1])


def test_a_file_without_a_checksum_is_refused(folder):
    write_engine_files(folder, {"maps": b"good"}, {}, CARD)
    config = json.loads((folder / "config.json").read_text())
    del config["sha256"]["maps.tflite"]
    with pytest.raises(PresetError, match="have checksums"):
        read_engine_files(folder, config)
