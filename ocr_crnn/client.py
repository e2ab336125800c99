"""Read images on a TensorFlow Serving server that runs a model of export.py: REST by default, gRPC with the extra `serve`."""

import base64
import io
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import requests
from PIL import Image

from ocr_crnn.images import UnreadableError
from ocr_crnn.page import Page

OUTPUTS = ("texts", "scores", "quads", "lines", "blocks", "counts", "sizes", "errors")
BUSY = (429, 502, 503, 504)  # HTTP statuses of a server that may answer later
INSTALL = "pip install 'ocr-crnn[serve]'"


class ServerError(RuntimeError):
    """A server that does not answer, or not with pages; the message names it and says what to do."""


def read_remote(image, server, model="ocr", version=None, label=None, timeout_s=60.0, retries=4, sleep=time.sleep):
    """Read one image on a server → Page, one row per line of text.

    image: a path or the bytes of a JPEG, PNG, BMP or GIF, or uint8 pixels `(height, width[, 3])`. server: `http://host:8501`,
    `https://…`, or `grpc://host:8500`. version, label: of the model; the latest by default. timeout_s: of each attempt. A server
    that is busy or starting is asked again `retries` times, after 0.5, 1, 2, 4, … seconds (`sleep`).
    Raises UnreadableError for an image the server cannot read, ServerError for a server that fails.
    """
    (page,) = read_remote_batch([image], server, model, version, label, timeout_s, retries, sleep)
    if isinstance(page, UnreadableError):
        raise page
    return page


def read_remote_batch(images, server, model="ocr", version=None, label=None, timeout_s=60.0, retries=4, sleep=time.sleep):
    """`read_remote` of several images in one request → list of Page, and of UnreadableError in place of those that cannot be read."""
    if version is not None and label is not None:
        raise ValueError(f"A model is asked for by its version or by a label. Received: version {version} and label {label!r}. Give one.")
    contents = [encode_image(image) for image in images]
    address = urlsplit(server)
    if address.scheme in ("http", "https"):
        attempt = _attempt_rest(rest_url(server, model, version, label), rest_body(contents), timeout_s)
    elif address.scheme == "grpc" and address.netloc:
        attempt = _attempt_grpc(address.netloc, grpc_request(contents, model, version, label), timeout_s)
    else:
        raise ValueError(f"A server is http://host:8501, https://… or grpc://host:8500. Received: {server!r}.")
    outputs = _retry(attempt, retries, sleep)
    paths = [str(image) if isinstance(image, str | Path) else None for image in images]
    try:
        return [_page(outputs, row, path) for row, path in enumerate(paths)]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        message = f"A model of `ocr-crnn export` answers with {', '.join(OUTPUTS)}. Received: {error!r} in the answer of {server}."
        raise ServerError(message) from error


class RemoteReader:
    """What `document.command.read_files` reads pages with, on a server; settings as of `read_remote`."""

    def __init__(self, server, **settings):
        self.server = server
        self.settings = settings

    def read_pages(self, images):
        """uint8 images `(height, width, 3)` → list of Page. Raises UnreadableError if the server cannot read one of them."""
        pages = read_remote_batch(images, self.server, **self.settings)
        for page in pages:
            if isinstance(page, UnreadableError):
                raise page
        return pages


def encode_image(image):
    """The bytes of a file, as they are; pixels become a PNG."""
    if isinstance(image, bytes):
        return image
    if isinstance(image, str | Path):
        try:
            return Path(image).read_bytes()
        except OSError as error:
            raise UnreadableError(f"An image is read from a file that opens. Received: {image}: {error.strerror}.") from error
    stream = io.BytesIO()
    Image.fromarray(np.asarray(image)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def rest_url(server, model, version=None, label=None):
    """Where a model is asked for predictions."""
    chosen = f"/versions/{version}" if version is not None else f"/labels/{label}" if label is not None else ""
    return f"{server.rstrip('/')}/v1/models/{model}{chosen}:predict"


def rest_body(contents):
    """The JSON of a prediction of images, a list of bytes, in column form."""
    encoded = [{"b64": base64.b64encode(content).decode("ascii")} for content in contents]
    return {"signature_name": "serving_default", "inputs": {"image_bytes": encoded}}


def grpc_request(contents, model, version=None, label=None):
    """A `PredictRequest` of images, a list of bytes. Raises ServerError without the extra `serve`."""
    tensorflow, predict_pb2 = _import_serving()[:2]
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = "serving_default"
    if version is not None:
        request.model_spec.version.value = int(version)
    if label is not None:
        request.model_spec.version_label = label
    request.inputs["image_bytes"].CopyFrom(tensorflow.make_tensor_proto(contents, tensorflow.string, [len(contents)]))
    request.output_filter.extend(OUTPUTS)
    return request


class _Busy(Exception):
    """An answer after which asking again makes sense."""


def _retry(attempt, retries, sleep):
    for delay_s in (0.5 * 2**number for number in range(retries)):
        try:
            return attempt()
        except _Busy:
            sleep(delay_s)
    try:
        return attempt()
    except _Busy as error:
        raise ServerError(f"{error} Asked {retries + 1} times. Is it running, and with a model of that name?") from error.__cause__


def _attempt_rest(url, body, timeout_s):
    def attempt():
        try:
            response = requests.post(url, json=body, timeout=timeout_s)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _Busy(f"A server has to answer. Received: nothing from {url} within {timeout_s:g} s.") from error
        if response.status_code in BUSY:
            raise _Busy(f"A server has to answer. Received: status {response.status_code} from {url}.")
        try:
            answer = response.json()
        except requests.JSONDecodeError as error:
            message = f"A TensorFlow Serving server answers in JSON. Received: status {response.status_code} and something else from {url}."
            raise ServerError(message) from error
        if "outputs" not in answer:
            said = answer.get("error", "no outputs") if isinstance(answer, dict) else answer
            raise ServerError(f"A model answers with outputs. Received: status {response.status_code} from {url}: {str(said)[:300]}")
        return answer["outputs"]

    return attempt


def _attempt_grpc(target, request, timeout_s):
    tensorflow, _, prediction_service, grpc = _import_serving()
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]

    def attempt():
        with grpc.insecure_channel(target, unlimited) as channel:
            try:
                response = prediction_service.PredictionServiceStub(channel).Predict(request, timeout=timeout_s)
            except grpc.RpcError as error:
                code = error.code()
                if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED):
                    raise _Busy(f"A server has to answer. Received: {code.name} from {target}: {error.details()}.") from error
                raise ServerError(f"A model answers with outputs. Received: {code.name} from {target}: {error.details()}") from error
        return {name: tensorflow.make_ndarray(tensor).tolist() for name, tensor in response.outputs.items()}

    return attempt


def _import_serving():
    try:
        import grpc
        import tensorflow
        from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
    except ImportError as error:
        message = f"A grpc:// server is reached with the extra `serve`. Received: no module {error.name}. Install it: {INSTALL}. Or use http://."
        raise ServerError(message) from error
    return tensorflow, predict_pb2, prediction_service_pb2_grpc, grpc


def _page(outputs, row, image_path):
    """The Page of one image out of the outputs of a batch, lists."""
    error = _text(outputs["errors"][row])
    if error:
        return UnreadableError(f"{image_path}: {error}" if image_path else error)
    count = outputs["counts"][row]
    columns = {name: outputs[name][row][:count] for name in ("scores", "lines", "blocks")}
    texts = [_text(text) for text in outputs["texts"][row][:count]]
    return Page(image_path, tuple(outputs["sizes"][row]), outputs["quads"][row][:count], texts, **columns)


def _text(value):
    return value.decode() if isinstance(value, bytes) else value
