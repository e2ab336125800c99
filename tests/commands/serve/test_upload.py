import io

import pytest
from http_service import form

from ocr_crnn.commands.serve.problems import Problem
from ocr_crnn.commands.serve.upload import Counted, make_sink, require_length


def receive(contents, kind, most=10**6, pieces=1):
    """(options, document) of a body that comes in so many bytes at a time."""
    stream = io.BytesIO()
    sink = Counted(make_sink(kind, stream), most)
    for start in range(0, len(contents), pieces):
        sink.write(contents[start : start + pieces])
    return sink.end(), stream.getvalue()


@pytest.mark.parametrize("pieces", [1, 7, 10**6])
def test_a_form_comes_in_pieces_of_any_size(pieces):
    document = b"\r\n--edg\r\n--edge\x00" * 20
    body, kind = form({"pages": "1-3", "password": "열려라"}, document)
    assert receive(body, kind, pieces=pieces) == ([("pages", "1-3"), ("password", "열려라")], document)


@pytest.mark.parametrize("kind", [None, "application/pdf", "image/x-unknown; q=1", "Application/Octet-Stream"])
def test_a_body_is_the_document(kind):
    assert receive(b"%PDF-1.7", kind) == ([], b"%PDF-1.7")


def refused(contents, kind, **more):
    with pytest.raises(Problem, match="Received: ") as caught:
        receive(contents, kind, pieces=50, **more)
    return caught.value.status


def test_bytes_are_counted_as_they_come():
    assert refused(bytes(101), "image/png", most=100) == 413 and receive(bytes(100), "image/png", most=100)
    assert refused(*form({"pages": "1"}, bytes(1000)), most=300) == 413


def test_forms_that_are_none():
    body, kind = form({}, b"abc")
    for contents, kind_, status in (
        (body, "multipart/form-data", 400), (body, "multipart/form-data; boundary=" + "x" * 300, 400), (body, kind + "x", 400),
        (body[:-4], kind, 400), (b"", kind, 400), (form({"pages": "1"})[0], kind, 400), (form({}, b"")[0], kind, 400),
        (form({"file": "x" * 9000}, b"abc")[0], kind, 400), (form({str(n): "1" for n in range(40)}, b"abc")[0], kind, 400),
        (body[:-10] + body, kind, 400), (body.replace(b'name="file"; ', b""), kind, 400),
        (body.replace(b"form-data", b"attachment"), kind, 400),
        (body.replace(b"image/png", b"image/png\r\nContent-Transfer-Encoding: base64"), kind, 400),
        (body.replace(b"image/png", b"image/png\r\nx: " + b"y" * 2000), kind, 400),
        (body.replace(b"abc", b"abc\r\n--edge\r\ncontent-disposition: form-data; name=pages\r\n\r\n\xff"), kind, 400),
    ):  # fmt: skip
        assert refused(contents, kind_) == status, contents


@pytest.mark.parametrize("kind", ["text/html", "application/json", "application/x-www-form-urlencoded", "application/zip", "x"])
def test_other_types_are_refused(kind):
    assert refused(b"abc", kind) == 415


def test_heads_are_believed_where_they_refuse():
    require_length({}, 10)
    require_length({"content-length": "10", "content-encoding": "identity"}, 10)
    for headers, status in (({"content-length": "11"}, 413), ({"content-length": "9" * 300}, 413), ({"content-encoding": "gzip"}, 415)):
        with pytest.raises(Problem, match="Received: ") as caught:
            require_length(headers, 10)
        assert caught.value.status == status
    with pytest.raises(Problem, match="0 bytes"):
        receive(b"", "image/png")
