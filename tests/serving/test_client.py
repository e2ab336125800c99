"""The client against servers on this machine that speak TensorFlow Serving's two languages."""

import base64
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
from ocr_crnn.serving import client
from ocr_crnn.serving import transport as serving

QUAD = [[1.0, 2.0], [9.0, 2.0], [9.0, 6.0], [1.0, 6.0]]
NOTHING = [[0.0, 0.0]] * 4
OUTPUTS = {  # of two images, the second broken
    "texts": [["안녕 하세요", "둘"], ["", ""]],
    "scores": [[0.9, 0.5], [0.0, 0.0]],
    "quads": [[QUAD, QUAD], [NOTHING, NOTHING]],
    "lines": [[0, 1], [-1, -1]],
    "blocks": [[0, 1], [-1, -1]],
    "counts": [2, 0],
    "sizes": [[20, 10], [0, 0]],
    "page_text": ["안녕 하세요\n\n둘", ""],
    "left_out": [3, 0],
    "errors": ["", "An image has to be whole."],
}


LINE_OUTPUTS = {"texts": ["안녕 하세요", ""], "scores": [0.9, 0.0], "errors": ["", ""]}


def outputs_for(count, signature="serving_default"):
    return {name: value[:count] for name, value in (OUTPUTS if signature == "serving_default" else LINE_OUTPUTS).items()}


class Serving(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, None)
        if answer is None:
            answer = json.dumps({"outputs": outputs_for(len(body["inputs"]["image_bytes"]), body["signature_name"])})
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
    assert list(page.texts) == ["안녕 하세요", "둘"] and page.size == (20, 10)
    np.testing.assert_allclose(page.scores, [0.9, 0.5])
    np.testing.assert_array_equal(page.quads, [QUAD, QUAD])
    assert page.text == OUTPUTS["page_text"][0] and page.left_out == 3


def test_rest(rest, tmp_path):
    (tmp_path / "page.png").write_bytes(b"picture")
    page = client.read_remote(tmp_path / "page.png", rest.url)
    expect_page(page)
    assert page.image_path == str(tmp_path / "page.png")
    path, body = rest.requests[0]
    assert path == "/v1/models/ocr:predict"
    assert body == {"signature_name": "serving_default", "inputs": {"image_bytes": [{"b64": base64.b64encode(b"picture").decode()}]}}


def test_a_broken_image_among_others(rest):
    page, error = client.read_remote_batch([b"one", b"two"], rest.url)
    expect_page(page)
    assert isinstance(error, UnreadableError) and str(error) == "An image has to be whole."
    with pytest.raises(UnreadableError, match="whole"):
        client.RemoteReader(rest.url).read_pages([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)])
    assert base64.b64decode(rest.requests[1][1]["inputs"]["image_bytes"][0]["b64"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("chosen", "path"),
    [({"version": 3}, "/v1/models/small/versions/3:predict"), ({"label": "canary"}, "/v1/models/small/labels/canary:predict")],
)
def test_versions_and_labels(rest, chosen, path):
    client.read_remote(b"x", rest.url + "/", model="small", **chosen)
    assert rest.requests[0][0] == path


def test_busy_servers_are_asked_again(rest):
    waited = []
    rest.answers[:] = [(503, "{}"), (429, "overloaded"), (200, None)]
    expect_page(client.read_remote(b"x", rest.url, sleep=waited.append))
    assert waited == [0.5, 1.0] and len(rest.requests) == 3


def test_and_at_last_given_up(rest):
    waited = []
    rest.answers[:] = [(503, "{}")] * 3
    with pytest.raises(client.ServerError, match="status 503 .* Asked 3 times"):
        client.read_remote(b"x", rest.url, retries=2, sleep=waited.append)
    assert waited == [0.5, 1.0]


def test_errors_of_the_server_are_told_at_once(rest):
    rest.answers[:] = [(404, '{"error": "Servable not found: ocr"}'), (200, "<html>"), (200, '{"outputs": {"texts": [[]]}}')]
    for message in ("status 404 .*Servable not found", "answers in JSON", "Received: KeyError"):
        with pytest.raises(client.ServerError, match=message):
            client.read_remote(b"x", rest.url, sleep=pytest.fail)


def test_nobody_answers():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        with pytest.raises(client.ServerError, match="nothing from http://127.0.0.1"):
            client.read_remote(b"x", f"http://127.0.0.1:{taken.getsockname()[1]}", timeout_s=2, retries=1, sleep=lambda _: None)


def test_timeouts():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(client.ServerError, match="within 0.1 s"):
            client.read_remote(b"x", f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1, retries=0)


def test_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match="grpc://host:8500. Received: 'localhost'"):
        client.read_remote(b"x", "localhost")
    with pytest.raises(ValueError, match="Give one"):
        client.read_remote(b"x", "http://localhost", version=1, label="stable")
    assert [serving.parse_server(server) for server in ("https://a.kr/ocr/", "b:8500", "grpc://b:8500")] == [
        ("rest", "https://a.kr/ocr"), ("grpc", "b:8500"), ("grpc", "b:8500"),
    ]  # fmt: skip
    with pytest.raises(UnreadableError, match="No such file"):
        client.read_remote(tmp_path / "missing.png", "http://localhost")


def test_grpc_without_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorflow_serving", None)
    monkeypatch.setitem(__import__("sys").modules, "tensorflow_serving.apis", None)
    with pytest.raises(client.ServerError, match=r"pip install 'ocr-crnn\[serve\]'"):
        client.read_remote(b"x", "grpc://localhost:8500")


@pytest.fixture
def grpc_server():
    """A PredictionService that answers as OUTPUTS, after the status codes in `codes`."""
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
            self.requests, self.codes = [], []

        def Predict(self, request, context):
            self.requests.append(request)
            if self.codes:
                context.abort(self.codes.pop(0), "not now")
            response = predict_pb2.PredictResponse()
            for name, value in outputs_for(len(tf.make_ndarray(request.inputs["image_bytes"]))).items():
                response.outputs[name].CopyFrom(tf.make_tensor_proto(value))
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
    page, error = client.read_remote_batch([b"one", b"\xff\0two"], grpc_server.url, label="stable", sleep=waited.append)
    expect_page(page)
    assert isinstance(error, UnreadableError) and waited == [0.5]
    request = grpc_server.requests[-1]
    asked = request.model_spec
    assert (asked.name, asked.version_label, asked.signature_name) == ("ocr", "stable", "serving_default")
    assert list(tf.make_ndarray(request.inputs["image_bytes"])) == [b"one", b"\xff\0two"]


def test_grpc_errors(grpc_server):
    import grpc

    grpc_server.codes[:] = [grpc.StatusCode.NOT_FOUND]
    with pytest.raises(client.ServerError, match="NOT_FOUND .*not now"):
        client.read_remote(b"x", grpc_server.url, sleep=pytest.fail)
    grpc_server.codes[:] = [grpc.StatusCode.UNAVAILABLE] * 2
    with pytest.raises(client.ServerError, match="UNAVAILABLE .* Asked 2 times"):
        client.read_remote(b"x", grpc_server.url, retries=1, sleep=lambda _: None)


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
    assert capsys.readouterr().out == "안녕 하세요\n" and rest.requests[0][1]["signature_name"] == "recognize"
    page, empty = client.read_remote_lines([tmp_path / "a.png", np.zeros((4, 9), np.uint8)], rest.url)
    assert page.size == (20, 40) and page.texts[0] == "안녕 하세요" and empty.size == (4, 9) and len(empty) == 0


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
