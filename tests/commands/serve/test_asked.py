import re
from pathlib import Path

import pytest

from ocr_crnn.commands.serve import command
from ocr_crnn.commands.serve.asked import FORMATS, OPTIONS, Limits, choose_format, parse_options, parse_query
from ocr_crnn.commands.serve.problems import Problem


def ask(fields=(), accept=None, **limits):
    return parse_options(fields, accept, Limits(**limits))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "json"), ("", "json"), ("*/*", "json"), ("application/pdf", "pdf"), ("text/markdown, text/plain;q=0.9", "md"),
        ("text/plain;q=0.2, application/*;q=0.1", "txt"), ("application/json;q=0, */*;q=0.1", "txt"), ("image/png", None),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"), ("application/json;q=x", None), (";;,,/", None),
        ("TEXT/CSV; Q=1", "csv"), ("text/plain;charset=utf-8", "txt"),
    ],
)  # fmt: skip
def test_accept(accept, kind):
    assert choose_format(accept) == kind


def test_options_as_they_are_left_out_and_given():
    nothing = {"pages": None, "stages": (), "mask": (), "mask_whole": False, "pdfa": False, "redo": False, "password": None}
    assert ask().task() == {"kind": "json", "dpi": 300, **nothing}
    fields = {"format": "PDF", "pages": "1-3,5-", "dpi": "150", "stages": "tables, entities", "mask": "rrn", "mask_whole": "true"}
    fields["pdfa"] = ""
    asked = ask(fields.items(), "text/plain")
    assert (asked.kind, asked.pages, asked.dpi, asked.stages) == ("pdf", [(1, 3), (5, None)], 150, ("tables", "entities"))
    assert asked.mask == ("rrn",) and asked.mask_whole and asked.pdfa and not asked.redo
    assert ask([("format", "md"), ("stages", "scripts")]).stages == ("scripts", "tables", "clusters")


def test_what_an_operator_hides_is_hidden_and_what_is_not_allowed_is_not():
    assert ask([("mask", "card")], mask=("rrn",)).mask == ("rrn", "card") and ask(mask_whole=True).mask_whole
    assert ask(dpi=(72, 200)).dpi == 200
    for fields, limits, said in (
        ([("stages", "entities")], {"stages": ("tables",)}, "one of tables"),
        ([("stages", "entities")], {"stages": ()}, "none here"),
        ([("dpi", "300")], {"dpi": (72, 200)}, "from 72 to 200"),
    ):
        with pytest.raises(Problem, match=said):
            ask(fields, **limits)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("format", "docx")], 422), ([("dpi", "1e400")], 422), ([("dpi", "nan")], 422), ([("pages", "3-1")], 422),
        ([("pages", ",".join(["1"] * 60))], 422), ([("mask", "name")], 422), ([("mask_whole", "perhaps")], 422), ([("redo", "1")], 422),
        ([("pdfa", "yes"), ("format", "txt")], 422), ([("x", "1")], 422), ([("dpi", "100"), ("dpi", "100")], 422),
        ([("password", "x" * 501)], 422),
    ],
)  # fmt: skip
def test_options_that_are_none(fields, status):
    with pytest.raises(Problem, match="Received: ") as caught:
        ask(fields)
    assert caught.value.status == status
    assert "xxxx" not in caught.value.detail  # no password is told


def test_queries():
    assert parse_query(b"format=txt&pages=1%2C3&mask=") == [("format", "txt"), ("pages", "1,3"), ("mask", "")]
    assert parse_query(b"") == []
    many = b"&".join([b"a=1"] * 50)
    for query, status in ((b"a=%ff", 400), (b"a=" + b"b" * 2000, 414), (many, 400), (b"password=1", 422), (b"\xff=1", 400)):
        with pytest.raises(Problem, match="Received: ") as caught:
            parse_query(query)
        assert caught.value.status == status


def test_the_page_about_it_names_all_there_is():
    page = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")
    metrics = re.findall(r'make\(\w+, "(\w+)"|\("(\w+)", "Doc|\("(\w+)", "Proc', Path(command.__file__).with_name("metrics.py").read_text())
    names = [f"ocr_{''.join(found)}" for found in metrics]
    assert len(names) > 14 and not [name for name in [*OPTIONS, *FORMATS, *names] if f"`{name}" not in page]
    told = [int(code) for code in re.findall(r"\d{3}", " ".join(re.findall(r"^\| ([45]\d\d[^|]*) \|", page, re.MULTILINE)))]
    assert {400, 406, 408, 413, 414, 415, 422, 429, 500, 503, 504} <= set(told)


def test_every_format_has_a_type_of_its_own():
    assert len(set(FORMATS.values())) == len(FORMATS) and all(choose_format(media) == kind for kind, media in FORMATS.items())
