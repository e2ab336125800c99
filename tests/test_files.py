import os
import stat

import pytest

from ocr_crnn.files import replace_file, replacing


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "글.txt"
    path.write_text("앞")
    with replacing(path) as temporary:
        temporary.write_text("뒤")
        assert path.read_text() == "앞" and temporary.parent == tmp_path and temporary.suffix == ".txt"
    assert path.read_text() == "뒤" and os.listdir(tmp_path) == ["글.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_the_file_as_it_was(tmp_path, error):
    replace_file(tmp_path / "a.bin", b"before")
    with pytest.raises(error), replacing(tmp_path / "a.bin") as temporary:
        temporary.write_bytes(b"half")
        raise error
    assert (tmp_path / "a.bin").read_bytes() == b"before" and os.listdir(tmp_path) == ["a.bin"]


def test_names_as_long_as_they_may_be(tmp_path):
    path = tmp_path / ("가" * 80 + ".weights.h5")
    with replacing(path) as temporary:
        assert temporary.name.endswith(".weights.h5")
    assert path.exists()


def test_others_may_read_the_file(tmp_path):
    replace_file(tmp_path / "a", "글")
    (tmp_path / "b").write_text("글")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_a_folder_has_to_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match="Create .*absent first"):
        replace_file(tmp_path / "absent" / "a.txt", "")
