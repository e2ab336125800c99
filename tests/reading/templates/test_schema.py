"""Template folders: what is written is read again, and nothing stands where it should not."""

import numpy as np
import pytest
from filled_form import leave_template

from ocr_crnn.reading.templates.schema import BLANK, FILE, read_template, read_templates, write_template


def test_a_template_is_read_as_it_was_written(tmp_path):
    template = leave_template()._replace(replaces=None, valid_from="2026-01-01", created_from={"sha256": "0", "dpi": 100.0}, min_share=0.7)
    write_template(template, tmp_path / "휴가", b"picture")
    read = read_template(tmp_path / "휴가")
    assert read._replace(pages=()) == template._replace(pages=())
    for one, other in zip(read.pages[0].anchors + read.pages[0].fields, template.pages[0].anchors + template.pages[0].fields, strict=True):
        np.testing.assert_allclose(one.quad, other.quad, atol=0.06)
        rest = [{name: value for name, value in each._asdict().items() if name not in ("quad", "ink")} for each in (one, other)]
        assert rest[0] == rest[1]
    assert (tmp_path / "휴가" / BLANK).read_bytes() == b"picture"


def test_a_folder_of_folders_is_read_by_name_and_twins_are_told(tmp_path):
    write_template(leave_template(2), tmp_path / "b")
    write_template(leave_template(1), tmp_path / "a")
    assert [template.version for template in read_templates(tmp_path)] == [1, 2]
    assert len(read_templates(tmp_path / "a")) == 1
    write_template(leave_template(1), tmp_path / "c")
    with pytest.raises(ValueError, match="A form has one template of each version.*휴가신청서, version 1"):
        read_templates(tmp_path)


def test_nothing_is_replaced(tmp_path):
    write_template(leave_template(), tmp_path / "a")
    with pytest.raises(FileExistsError, match="A template is written to a new folder"):
        write_template(leave_template(2), tmp_path / "a")
    assert read_template(tmp_path / "a").version == 1


def test_a_folder_without_templates_is_told(tmp_path):
    with pytest.raises(ValueError, match="Templates lie in folders of their own.*without any"):
        read_templates(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_template(tmp_path / FILE)


def test_the_rest_of_a_template_is_told(tmp_path):
    write_template(leave_template(), tmp_path / "a", b"picture")
    write_template(leave_template(2), tmp_path / "b", b"picture")
    (tmp_path / "a" / FILE).unlink()
    with pytest.raises(ValueError, match="A template has a template.json. Received: .*a, with blank.png alone"):
        read_templates(tmp_path)
