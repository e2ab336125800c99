"""The client against servers on this machine that speak TensorFlow Serving's two languages."""

import base64
import io
import json
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.commands.read.files import read_files
from ocr_crnn.formats.page_json import read_page_json
from ocr_crnn.images import UnreadableError
from ocr_crnn.reading.reader import run_stages
from ocr_crnn.reading.reading import Reading
from ocr_crnn.serving import client, protocol
from ocr_crnn.serving import transport as serving

TEXTS = ("안녕 하세요", "둘")
QUADS = [[[1.0, 2.0], [25.0, 2.0], [25.0, 6.0], [1.0, 6.0]], [[1.0, 12.0], [5.0, 12.0], [5.0, 16.0], [1.0, 16.0]]]
SCORES = [0.9, 0.5]


def picture(size=(40, 20), kind="PNG"):
    """A white image of a size (width, height)."""
    stream = io.BytesIO()
    Image.new("RGB", size, "white").save(stream, kind)
    return stream.getvalue()


WHITE = picture()


def characters_of(texts, step=4.0):
    """The columns of the characters of texts, each `step` pixels wide."""
    rows = [(row, place, ord(c)) for row, text in enumerate(texts) for place, c in enumerate(text)]
    spans = [[step * place, step * (place + 1)] for _, place, _ in rows]
    return {"segments": [row for row, _, _ in rows], "codes": [code for *_, code in rows], "spans": spans}


PAGE = {
    "texts": list(TEXTS), "scores": SCORES, "quads": QUADS, "stacked": [False, False], "lines": [0, 1], "blocks": [0, 1], "counts": 2,
    **characters_of(TEXTS), "character_scores": [0.9] * 6 + [0.5], "character_counts": 7,
    "turns": 0, "left_out": 3, "sizes": [20, 40], "page_text": "안녕 하세요\n\n둘", "errors": "", "schemas": protocol.SCHEMA,
}  # fmt: skip
LINE = {
    "texts": TEXTS[0], "scores": 0.9, **characters_of(TEXTS[:1], 6.0), "character_scores": [0.9] * 6, "character_counts": 6,
    "sizes": [20, 40], "errors": "", "schemas": protocol.SCHEMA,
}  # fmt: skip
KINDS = {"serving_default": PAGE, "recognize": LINE}


def answer_for(contents, signature):
    """What a model answers for encoded images: the same for each that Pillow can open, as lists one row an image."""
    rows = []
    for content in contents:
        row = dict(KINDS[signature])
        try:
            row["sizes"] = list(Image.open(io.BytesIO(content)).size[::-1])
        except OSError:
            row |= {"counts": 0, "character_counts": 0, "left_out": 0, "sizes": [0, 0], "errors": "An image has to be whole."}
        rows.append(row)
    return {name: [row[name] for row in rows] for name in KINDS[signature]}


class Serving(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, None)
        if answer is None:
            contents = [base64.b64decode(image["b64"]) for image in body["inputs"]["image_bytes"]]
            if len(contents) > protocol.IMAGES_AT_ONCE:
                status, answer = 400, '{"error": "Task size 17 is larger than maximum input batch size 16"}'
            else:
                answer = json.dumps({"outputs": answer_for(contents, body["signature_name"])})
        self.answer(status, answer)

    def do_GET(self):
        known = self.path.startswith("/v1/models/ocr")
        status = {"model_version_status": [{"version": "1", "state": "AVAILABLE"}]} if known else {"error": "Could not find any versions"}
        self.answer(200 if known else 404, json.dumps(status))

    def answer(self, status, answer):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def rest():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Serving)
    server.requests, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def expect_page(page):
    """The words that the stages of the local reader make of what the server has found."""
    assert list(page.texts) == ["안녕", "하세요", "둘"] and page.size == (20, 40) and page.unit == "word"
    np.testing.assert_allclose(page.scores, [0.9, 0.9, 0.5])
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
    for message in ("status 404 .*Servable not found", "answers in JSON", "Received: KeyError"):
        with pytest.raises(client.ServerError, match=message):
            client.read_remote(WHITE, rest.url, sleep=pytest.fail)


def test_nobody_answers():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        with pytest.raises(client.ServerError, match="nothing from http://127.0.0.1"):
            client.read_remote(WHITE, f"http://127.0.0.1:{taken.getsockname()[1]}", timeout_s=2, retries=1, sleep=lambda _: None)


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


@pytest.fixture
def grpc_server():
    """A PredictionService that answers with the outputs that are asked for, after the status codes in `codes`. is_old: it has no codes."""
    grpc = pytest.importorskip("grpc")
    pytest.importorskip("tensorflow_serving")
    import tensorflow as tf
    from tensorflow_serving.apis import get_model_status_pb2, model_service_pb2_grpc, predict_pb2, prediction_service_pb2_grpc

    class Status(model_service_pb2_grpc.ModelServiceServicer):
        def GetModelStatus(self, request, context):
            if request.model_spec.name != "ocr":
                context.abort(grpc.StatusCode.NOT_FOUND, "Could not find any versions")
            return get_model_status_pb2.GetModelStatusResponse()

    class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
        def __init__(self):
            self.requests, self.codes, self.is_old = [], [], False

        def Predict(self, request, context):
            self.requests.append(request)
            if self.codes:
                context.abort(self.codes.pop(0), "not now")
            response = predict_pb2.PredictResponse()
            signature = request.model_spec.signature_name
            answer = answer_for(list(tf.make_ndarray(request.inputs["image_bytes"])), signature)
            if missing := set(request.output_filter) - set(answer) | ({"codes"} if self.is_old else set()):
                told = f"output tensor alias not found in signature: {min(missing)} Outputs expected to be in the set {{texts}}."
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, told)
            for name in request.output_filter:
                response.outputs[name].CopyFrom(tf.make_tensor_proto(answer[name]))
            return response

    service, server = Service(), grpc.server(ThreadPoolExecutor(1))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(service, server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Status(), server)
    service.url = f"grpc://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield service
    server.stop(None)


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


def test_grpc_models_of_another_schema_are_told(grpc_server):
    grpc_server.is_old = True
    with pytest.raises(
        client.ServerError, match=r"schema ocr_crnn/export/2. Received: a model without it \(output tensor alias.*Export the model anew"
    ):
        client.read_remote(WHITE, grpc_server.url, sleep=pytest.fail)


def blank(path, size=(40, 20), **options):
    Image.new("RGB", size, "white").save(path, **options)
    return path


def no_server():
    """The address of a port where nobody listens; it is kept from others while the context lasts."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken, f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["rest", "grpc_server"])
def test_documents_read_on_a_server_come_in_every_format(request, tmp_path, monkeypatch, kind):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    server = request.getfixturevalue(kind)
    blank(tmp_path / "두 쪽.pdf", save_all=True, append_images=[Image.new("RGB", (40, 20), "white")])
    out, url = tmp_path / "out", server.url.removeprefix("grpc://")
    arguments = ["read", tmp_path / "두 쪽.pdf", "-o", out, "--format", "txt,json,tsv,hocr,alto,pdf,html", "--overlay", "--server", url]
    done = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert done.exit_code == 0 and "2 pages · 6 words · mean confidence 0.77" in done.stderr, done.output
    assert len(server.requests) == 2 and len(list(out.iterdir())) == 10
    assert (out / "두 쪽.txt").read_text(encoding="utf-8") == "안녕 하세요\n\n둘\n\f안녕 하세요\n\n둘\n"
    page = read_page_json(out / "두 쪽.p0002.json")
    assert list(page.texts) == ["안녕", "하세요", "둘"] and list(page.lines) == [0, 0, 1]
    assert page.quads[0, 0, 0] < page.quads[0, 1, 0] <= page.quads[1, 0, 0] < page.quads[1, 1, 0]


def test_images_of_lines_read_on_a_server(rest, tmp_path, capsys):
    blank(tmp_path / "a.png"), blank(tmp_path / "b.png")
    assert read_files([tmp_path], None, partial(client.connect, rest.url, lines=True), lines=True) == 0
    assert capsys.readouterr().out == "안녕 하세요\n안녕 하세요\n" and rest.requests[0][1]["signature_name"] == "recognize"
    page, error = client.read_remote_lines([tmp_path / "a.png", b"x"], rest.url)
    assert page.size == (20, 40) and list(page.texts) == ["안녕", "하세요"] and list(page.lines) == [0, 0]
    assert page.image_path == str(tmp_path / "a.png") and page.quads[1, 1, 0] == 40 and "whole" in str(error)


def test_a_server_that_is_not_there_is_told_before_anything_is_read(rest, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    blank(tmp_path / "a.png")
    taken, nowhere = no_server()
    with taken:
        for arguments, message in (
            (["--server", nowhere], f"nothing from {nowhere}/v1/models/ocr"),
            (["--server", rest.url, "--model", "other"], "status 404 .*Could not find any versions"),
            (["--server", "somewhere"], "A server is http://host:8501"),
            (["--server", rest.url, "--detector", "mine"], "Received: --server and --detector"),
            (["--model", "ocr"], "--model without --server"),
        ):
            done = CliRunner().invoke(cli.app, ["read", str(tmp_path / "a.png"), "-o", str(tmp_path / "out"), *arguments])
            assert done.exit_code == 1 and "Traceback" not in done.output
            assert re.search(f"ocr-crnn: .*{message}", done.stderr), done.stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_grpc_models_that_are_not_there(grpc_server):
    with pytest.raises(client.ServerError, match="NOT_FOUND .*Could not find"):
        client.connect(grpc_server.url, model="other")
    taken, nowhere = no_server()
    with taken, pytest.raises(serving.NoServerError, match="UNAVAILABLE .* Asked 1 times"):
        client.connect(nowhere.removeprefix("http://"), retries=0, timeout_s=5)


def test_a_server_that_goes_away_ends_the_run_and_finished_files_stay(rest, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in "abc":
        blank(tmp_path / f"{name}.png")

    class Leaving(client.RemoteReader):
        def read_pages(self, images):
            if rest.requests:
                self.server = nowhere
            return super().read_pages(images)

    taken, nowhere = no_server()
    with taken:
        reader = Leaving(rest.url, retries=1, sleep=lambda _: None)
        assert read_files([tmp_path], tmp_path / "out", lambda: reader, "txt,json,pdf") == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.json", "a.pdf", "a.txt"]
    err = capsys.readouterr().err
    assert "The server is gone: A server has to answer" in err and "--resume" in err and "1 pages" in err


def test_a_page_that_the_server_fails_on_is_an_error_of_that_page(rest, tmp_path, capsys):
    blank(tmp_path / "a.png"), blank(tmp_path / "b.png")
    rest.answers[:] = [(400, '{"error": "out of memory"}')]
    assert read_files([tmp_path], None, partial(client.connect, rest.url)) == 1
    out, err = capsys.readouterr()
    assert out == "안녕 하세요\n\n둘\n" and "a.png" in err and "out of memory" in err
