"""The client against servers on this machine that speak TensorFlow Serving's two languages."""

import base64
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from ocr_crnn import client
from ocr_crnn.images import UnreadableError

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
    "errors": ["", "An image has to be whole."],
}


def outputs_for(count):
    return {name: value[:count] for name, value in OUTPUTS.items()}


class Serving(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, None)
        if answer is None:
            answer = json.dumps({"outputs": outputs_for(len(body["inputs"]["image_bytes"]))})
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
    assert page.text == OUTPUTS["page_text"][0]


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
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

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
