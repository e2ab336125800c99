"""The client against servers on this machine that speak TensorFlow Serving's two languages."""

import base64
import json
import socket

import numpy as np
import pytest
from stub_server import PAGE, QUADS, TEXTS, WHITE, answer_for, characters_of

from ocr_crnn.images import UnreadableError
from ocr_crnn.reading.reader import run_stages
from ocr_crnn.reading.reading import Reading
from ocr_crnn.serving import client, protocol
from ocr_crnn.serving import transport as serving


def expect_page(page):
    """The words that the stages of the local reader make of what the server has found."""
    assert list(page.texts) == ["안녕", "하세요", "둘"] and page.size == (20, 40) and page.unit == "word"
    np.testing.assert_allclose(page.scores, [0.9, 0.9, 0.7])
    assert list(page.lines) == [0, 0, 1] and page.text == PAGE["page_text"] and page.left_out == 3
    assert [len(row) for row in page.characters] == [2, 3, 1]
    reading = Reading((20, 40), 0, QUADS, [False] * 2, **characters_of(TEXTS), scores=PAGE["character_scores"], left_out=3)
    np.testing.assert_array_equal(page.quads, run_stages(reading, np.full((20, 40, 3), 255, np.uint8)).quads)
    assert page.quads[0, 0, 0] < page.quads[0, 1, 0] <= page.quads[1, 0, 0] < page.quads[1, 1, 0]


def test_rest(rest, tmp_path):
    (tmp_path / "page.png").write_bytes(WHITE)
    page = client.read_remote(tmp_path / "page.png", rest.url)
    expect_page(page)
    assert page.image_path == str(tmp_path / "page.png")
    path, body = rest.requests[0]
    assert path == "/v1/models/ocr:predict"
    assert body == {"signature_name": "serving_default", "inputs": {"image_bytes": [{"b64": base64.b64encode(WHITE).decode()}]}}


def test_a_broken_image_among_others(rest):
    page, error = client.read_remote_batch([WHITE, b"two"], rest.url)
    expect_page(page)
    assert isinstance(error, UnreadableError) and str(error) == "An image has to be whole."
    with pytest.raises(UnreadableError, match="whole"):
        client.read_remote(b"two", rest.url)
    expect_page(client.RemoteReader(rest.url).read_pages([np.full((20, 40), 255, np.uint8)])[0])
    assert base64.b64decode(rest.requests[2][1]["inputs"]["image_bytes"][0]["b64"]).startswith(b"\x89PNG")


def test_stages_of_the_user_run_here(rest):
    seen = []
    reader = client.connect(rest.url, stages=(lambda page, image: seen.append(image.shape) or page.take([0]),))
    (page,) = reader.read_pages([np.full((20, 40, 3), 255, np.uint8)])
    assert list(page.texts) == ["안녕"] and seen == [(20, 40, 3)]


def test_a_request_holds_no_more_images_than_a_batch_of_the_server(rest):
    """At the limit of config/batching.config one request, one more in a second; a server refuses a larger one."""
    limit = protocol.IMAGES_AT_ONCE
    assert client.RemoteReader(rest.url, lines=True).images_at_once == limit
    for read, count, requests in ((client.read_remote_lines, limit, [limit]), (client.read_remote_batch, limit + 1, [limit, 1])):
        rest.requests.clear()
        pages = read([WHITE] * count, rest.url)
        assert len(pages) == count and all(page.texts[0] == "안녕" for page in pages)
        assert [len(body["inputs"]["image_bytes"]) for _, body in rest.requests] == requests
    with pytest.raises(client.ServerError, match="larger than maximum input batch size"):
        serving.ask_for_outputs([WHITE] * (limit + 1), "recognize", rest.url)
    assert client.read_remote_batch([], rest.url) == []


@pytest.mark.parametrize("schemas", [None, ["ocr_crnn/export/9"]])
def test_models_of_another_schema_are_told(rest, schemas):
    outputs = {"texts": [[]], "scores": [[]], "quads": [[]], "counts": [0], "errors": [""]} | ({"schemas": schemas} if schemas else {})
    rest.answers[:] = [(200, json.dumps({"outputs": outputs}))]
    received = "no schema, as of models exported as ocr_crnn/export/1," if schemas is None else schemas[0]
    with pytest.raises(client.ServerError, match=f"schema {protocol.SCHEMA}. Received: {received} from {rest.url}. Export the model anew"):
        client.read_remote(WHITE, rest.url)


def test_an_image_seen_in_another_size_is_an_error_of_that_image(rest):
    answer = {name: value * 2 for name, value in answer_for([WHITE], "serving_default").items()}
    answer["sizes"][1] = [10, 20]
    rest.answers[:] = [(200, json.dumps({"outputs": answer}))]
    page, error = client.read_remote_batch([WHITE, WHITE], rest.url)
    expect_page(page)
    assert isinstance(error, UnreadableError) and "Received: (10, 20) there, (20, 40) here" in str(error)


@pytest.mark.parametrize(
    ("chosen", "path"),
    [({"version": 3}, "/v1/models/small/versions/3:predict"), ({"label": "canary"}, "/v1/models/small/labels/canary:predict")],
)
def test_versions_and_labels(rest, chosen, path):
    client.read_remote(WHITE, rest.url + "/", model="small", **chosen)
    assert rest.requests[0][0] == path


def test_busy_servers_are_asked_again(rest):
    waited = []
    rest.answers[:] = [(503, "{}"), (429, "overloaded"), (200, None)]
    expect_page(client.read_remote(WHITE, rest.url, sleep=waited.append))
    assert waited == [0.5, 1.0] and len(rest.requests) == 3


def test_and_at_last_given_up(rest):
    waited = []
    rest.answers[:] = [(503, "{}")] * 3
    with pytest.raises(client.ServerError, match="status 503 .* Asked 3 times"):
        client.read_remote(WHITE, rest.url, retries=2, sleep=waited.append)
    assert waited == [0.5, 1.0]


def test_errors_of_the_server_are_told_at_once(rest):
    rest.answers[:] = [
        (404, '{"error": "Servable not found: ocr"}'),
        (200, "<html>"),
        (200, json.dumps({"outputs": {"schemas": [protocol.SCHEMA]}})),
    ]
    for message in ("status 404 .*Servable not found", "answers in JSON", "Received: no errors in the answer"):
        with pytest.raises(client.ServerError, match=message):
            client.read_remote(WHITE, rest.url, sleep=pytest.fail)


def test_a_model_without_a_reader_of_lines_is_told(rest):
    """In the words of the server's REST interface; of its gRPC one in test_grpc_errors."""
    rest.answers[:] = [(400, json.dumps({"error": 'Serving signature name: "recognize" not found in signature def'}))]
    with pytest.raises(client.ServerError, match=f"Received: one without 'recognize' at {rest.url}.*ask for pages"):
        client.read_remote_lines([WHITE], rest.url, sleep=pytest.fail)


def test_nobody_answers():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        with pytest.raises(client.ServerError, match="nothing from http://127.0.0.1"):
            client.read_remote(WHITE, f"http://127.0.0.1:{taken.getsockname()[1]}", timeout_s=2, retries=1, sleep=lambda _: None)


def test_a_password_is_in_no_message():
    for server, error in (("http://user:secret@127.0.0.1:9", client.ServerError), ("ftp://user:secret@host:8500/x", ValueError)):
        with pytest.raises(error, match="user:…@") as raised:
            client.connect(server, timeout_s=1, retries=0)
        assert "secret" not in str(raised.value)


def test_timeouts():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(client.ServerError, match="within 0.1 s"):
            client.read_remote(WHITE, f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1, retries=0)


def test_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match="grpc://host:8500. Received: 'localhost'"):
        client.read_remote(WHITE, "localhost")
    with pytest.raises(ValueError, match="Give one"):
        client.read_remote(WHITE, "http://localhost", version=1, label="stable")
    assert [serving.parse_server(server) for server in ("https://a.kr/ocr/", "b:8500", "grpc://b:8500")] == [
        ("rest", "https://a.kr/ocr"), ("grpc", "b:8500"), ("grpc", "b:8500"),
    ]  # fmt: skip
    with pytest.raises(UnreadableError, match="No such file"):
        client.read_remote(tmp_path / "missing.png", "http://localhost")


def test_grpc_without_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorflow_serving", None)
    monkeypatch.setitem(__import__("sys").modules, "tensorflow_serving.apis", None)
    with pytest.raises(client.ServerError, match=r"pip install 'ocr-crnn\[serve\]'"):
        client.read_remote(WHITE, "grpc://localhost:8500")


def test_grpc(grpc_server):
    import grpc
    import tensorflow as tf

    waited = []
    grpc_server.codes[:] = [grpc.StatusCode.UNAVAILABLE]
    page, error = client.read_remote_batch([WHITE, b"\xff\0two"], grpc_server.url, label="stable", sleep=waited.append)
    expect_page(page)
    assert isinstance(error, UnreadableError) and waited == [0.5]
    request = grpc_server.requests[-1]
    asked = request.model_spec
    assert (asked.name, asked.version_label, asked.signature_name) == ("ocr", "stable", "serving_default")
    assert list(tf.make_ndarray(request.inputs["image_bytes"])) == [WHITE, b"\xff\0two"]


def test_grpc_errors(grpc_server):
    import grpc

    grpc_server.codes[:] = [grpc.StatusCode.NOT_FOUND]
    with pytest.raises(client.ServerError, match="NOT_FOUND .*not now"):
        client.read_remote(WHITE, grpc_server.url, sleep=pytest.fail)
    grpc_server.codes[:] = [grpc.StatusCode.UNAVAILABLE] * 2
    with pytest.raises(client.ServerError, match="UNAVAILABLE .* Asked 2 times"):
        client.read_remote(WHITE, grpc_server.url, retries=1, sleep=lambda _: None)
    grpc_server.codes[:], grpc_server.details = [grpc.StatusCode.FAILED_PRECONDITION], 'Serving signature key "recognize" not found.'
    with pytest.raises(client.ServerError, match=f"Received: one without 'recognize' at {grpc_server.url[7:]}.*ask for pages"):
        client.read_remote_lines([WHITE], grpc_server.url, sleep=pytest.fail)


def test_grpc_models_of_another_schema_are_told(grpc_server):
    grpc_server.is_old = True
    with pytest.raises(
        client.ServerError, match=r"schema ocr_crnn/export/2. Received: a model without it \(output tensor alias.*Export the model anew"
    ):
        client.read_remote(WHITE, grpc_server.url, sleep=pytest.fail)
