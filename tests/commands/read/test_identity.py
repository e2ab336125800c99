"""Readers that would write the same bytes are described alike, others are not."""

import shutil

import pytest

from ocr_crnn.commands.read.identity import checksums, describe_reader
from ocr_crnn.presets import SHIPPED, PresetError


def test_networks_forms_and_settings_count(tmp_path):
    def describe(recognizer=None, settings=(None, False), stages=(), templates=None):
        return describe_reader(None, recognizer, None, list(settings), stages, templates)

    shutil.copytree(SHIPPED / "attention_ctc_ko", tmp_path / "own")
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "a.json").write_text("1", encoding="utf-8")
    base = describe()
    assert describe() == base == describe(str(tmp_path / "own"))
    others = [describe("pan_light_ko"), describe(settings=(None, True)), describe(stages=("tables",))]
    others.append(describe(templates=tmp_path / "forms"))
    assert all(other != base for other in others)
    (tmp_path / "forms" / "a.json").write_text("2", encoding="utf-8")
    assert describe(templates=tmp_path / "forms") != others[3]
    with pytest.raises(PresetError, match="Received"):
        describe("nobody")


def test_files_of_a_folder_by_name_and_content(tmp_path):
    (tmp_path / "가").mkdir()
    (tmp_path / "가" / "a").write_bytes(b"")
    assert list(checksums(tmp_path).values()) == ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
