"""Stages by name: what is known, what is refused, and that a reader takes names and functions alike."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from filled_form import page_of

from ocr_crnn.formats.page_json import format_page_json
from ocr_crnn.page import Page
from ocr_crnn.reading.masking import mask_page
from ocr_crnn.reading.reader import STAGES, DocumentReader
from ocr_crnn.reading.stages import STAGES_BY_NAME, find_stage, parse_stages
from ocr_crnn.synthesis.page.blank_forms import labour_contract, leave_request


@pytest.mark.parametrize("name", STAGES_BY_NAME)
def test_every_name_is_a_stage_that_takes_an_empty_page(name):
    page = Page(None, (40, 60), np.zeros((0, 4, 2)), [], scores=[], lines=[], blocks=[], characters=[])
    assert len(find_stage(name)(page, np.full((40, 60, 3), 255, np.uint8))) == 0


def close(schema):
    """Forbid every key of an object that the schema does not name."""
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        close(each)
    if isinstance(schema, dict) and "properties" in schema:
        schema["additionalProperties"] = False


def test_all_that_the_stages_write_is_in_the_schema_file():
    schema = json.loads((files("ocr_crnn.formats") / "page.schema.json").read_text(encoding="utf-8"))
    close(schema)
    check = jsonschema.Draft202012Validator(schema)
    values = {
        "employer": "(주)나누리", "worker": "홍길동", "birthday": "1990년 1월 1일", "worker_phone": "010-7283-9465", "wage": "3,000,000원",
        "account": "국민은행 283746-59-182736", "work": "주민등록번호 900101-1237649", "pension": True, "start": "2026. 13. 5.",
    }  # fmt: skip
    seen = set()
    for page, image in (page_of(labour_contract(), values), page_of(leave_request())):
        for name in STAGES_BY_NAME:
            page = find_stage(name)(page, image)
        for each in (page, mask_page(page, image)):
            check.validate(json.loads(format_page_json(each)))
            seen |= {name for name, found in each.records.items() if found}
    assert seen >= {"entities", "tables", "pairs", "forms", "fields", "masks"}
    assert page.records["forms"][0]["template"] is None and page.records["forms"][0]["candidates"]


def test_names_are_looked_at():
    assert parse_stages("") == () and find_stage(len) is len
    with pytest.raises(ValueError, match="A stage is one of .*Received: 'nothing'"):
        parse_stages("nothing")


def test_a_reader_takes_functions():
    assert DocumentReader(None, None, stages=(len,)).stages == (*STAGES, len)
