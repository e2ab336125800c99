"""How a TensorFlow Serving server is asked, over REST or gRPC: addresses, requests, patience, and what its errors mean."""

import base64
import json
import math
import re
import time
import zlib
from contextlib import contextmanager

import requests
import urllib3

from ocr_crnn.names import hide_passwords
from ocr_crnn.serving.bounded import LONGEST_S, MAX_BYTES, TooLargeError, ask_http, said
from ocr_crnn.serving.protocol import OUTPUTS, SCHEMA

BUSY = (429, 502, 503, 504)  # HTTP statuses of a server that may answer later
CHANNEL = [  # of gRPC: what is asked may be of any size; answers are bounded, and not packed, or nobody knew how large they are
    ("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", MAX_BYTES),
    ("grpc.compression_enabled_algorithms_bitset", 1), ("grpc.per_message_decompression", 0),
]  # fmt: skip
NO_SIGNATURE = re.compile(r'Serving signature (?:name:|key) "(\w+)" not found')  # the two say it in two ways
MAX_VALUES = MAX_BYTES // 4  # of a tensor, which may tell its size in few bytes
INSTALL = "pip install 'ocr-crnn[serve]'"


class ServerError(RuntimeError):
    """A server that does not answer, or not with pages; the message names it, without its password, and says what to do."""

    def __init__(self, message):
        super().__init__(hide_passwords(message))


class NoServerError(ServerError, ConnectionError):
    """Nobody answers, however often it was asked: the next page would fare no better."""


def ask_for_outputs(contents, signature, server, model="ocr", version=None, label=None, timeout_s=60.0, retries=4, sleep=time.sleep):
    """The outputs of a signature for encoded images, a list of bytes: {name: what the server says}, not checked. Raises ServerError.

    timeout_s: for the whole answer, however often the server is asked.
    """
    if version is not None and label is not None:
        raise ValueError(f"A model is asked for by its version or by a label. Received: version {version} and label {label!r}. Give one.")
    way, address = parse_server(server)
    if way == "rest":
        attempt = _attempt_rest(rest_url(address, model, version, label), rest_body(contents, signature), "outputs")
    else:
        attempt = _attempt_grpc(address, grpc_request(contents, model, version, label, signature))
    return _retry(attempt, timeout_s, retries, sleep)


def ask_for_status(server, model="ocr", version=None, label=None, timeout_s=60.0, retries=2, sleep=time.sleep):
    """Nothing, from a server that is there and has the model. Raises ServerError."""
    way, address = parse_server(server)
    if way == "rest":
        attempt = _attempt_rest(rest_url(address, model, version, label, ask=""))
    else:
        attempt = _attempt_grpc_status(address, model, version, label)
    _retry(attempt, timeout_s, retries, sleep)


def parse_server(server):
    """`("rest", URL)` or `("grpc", "host:port")`. Raises ValueError for anything else."""
    if re.fullmatch(r"https?://[^/\s]+\S*", server):
        return "rest", server.rstrip("/")
    if match := re.fullmatch(r"(?:grpc://)?([^/\s]+:\d+)/?", server):
        return "grpc", match[1]
    raise ValueError(f"A server is http://host:8501, https://… or grpc://host:8500. Received: {hide_passwords(server)!r}.")


def rest_url(server, model, version=None, label=None, ask=":predict"):
    """Where a model is asked for predictions."""
    chosen = f"/versions/{version}" if version is not None else f"/labels/{label}" if label is not None else ""
    return f"{server.rstrip('/')}/v1/models/{model}{chosen}{ask}"


def rest_body(contents, signature="serving_default"):
    """The JSON of a prediction of images, a list of bytes, in column form."""
    encoded = [{"b64": base64.b64encode(content).decode("ascii")} for content in contents]
    return {"signature_name": signature, "inputs": {"image_bytes": encoded}}


def grpc_request(contents, model, version=None, label=None, signature="serving_default"):
    """A `PredictRequest` of images, a list of bytes. Raises ServerError without the extra `serve`."""
    tensorflow, apis = _import_serving()[:2]
    request = apis.predict_pb2.PredictRequest()
    request.model_spec.CopyFrom(_model_spec(apis, model, version, label))
    request.model_spec.signature_name = signature
    request.inputs["image_bytes"].CopyFrom(tensorflow.make_tensor_proto(contents, tensorflow.string, [len(contents)]))
    request.output_filter.extend(OUTPUTS[signature])
    return request


def check_schema(schemas, server):
    """Nothing, of an answer whose `schemas`, one for each image, are those that this version reads. Raises ServerError."""
    if schemas is None:
        raise _other_schema("no schema, as of models exported as ocr_crnn/export/1,", server)
    for schema in schemas if isinstance(schemas, list) else [schemas]:
        if schema not in (SCHEMA, SCHEMA.encode()):
            raise _other_schema(said(schema.decode("utf-8", "replace") if isinstance(schema, bytes) else schema), server)


def _other_schema(received, server):
    fix = "Export the model anew with this version: ocr-crnn export --to models/ocr/2."
    return ServerError(f"This client reads answers of the schema {SCHEMA}. Received: {received} from {server}. {fix}")


def _missing_signature(told, server):
    """The ServerError of a server that has told that its model lacks a signature; None where it has told something else."""
    if not (missing := NO_SIGNATURE.search(told)):
        return None
    fix = "What one network finds and reads is pages: ask for pages, or export a detector and a recogniser."
    return ServerError(f"A model has the signatures that metadata.json lists. Received: one without {missing[1]!r} at {server}. {fix}")


class _Busy(Exception):
    """An answer after which asking again makes sense. gone: there was none at all."""

    def __init__(self, message, gone=False):
        super().__init__(message)
        self.gone = gone


def _retry(attempt, timeout_s, retries, sleep):
    """What `attempt(seconds)` returns, tried again after _Busy, all within timeout_s."""
    if not (math.isfinite(timeout_s) and 0 < timeout_s <= LONGEST_S):
        raise ValueError(f"A server has more than 0 and at most {LONGEST_S:,.0f} seconds to answer. Received: {timeout_s}.")
    end, asked = time.monotonic() + timeout_s, 0
    while True:
        asked, delay_s = asked + 1, 0.5 * 2**asked
        try:
            return attempt(max(end - time.monotonic(), 0.001))
        except _Busy as error:
            if asked > retries or time.monotonic() + delay_s >= end:
                kind = NoServerError if error.gone else ServerError
                asked_for = f"Asked {asked} times within {timeout_s:g} s."
                message = f"{error} {asked_for} Is it running, with a model of that name, and has it long enough?"
                raise kind(message) from error.__cause__
        sleep(delay_s)


def _attempt_rest(url, body=None, wanted=None):
    """body: JSON to send; without one the server is only asked whether it is there. wanted: the key of the answer that is asked for."""
    def attempt(seconds):
        try:
            answer = ask_http(url, seconds, body)
        except (requests.ConnectionError, requests.Timeout, TimeoutError, urllib3.exceptions.HTTPError) as error:
            gone = isinstance(error, requests.ConnectionError | requests.ConnectTimeout)
            raise _Busy(f"A server has to answer. Received: nothing{'' if gone else ' whole'} from {url}.", gone) from error
        except requests.RequestException as error:
            raise ServerError(f"A server is asked at a URL. Received: {url}: {said(error)}") from error
        except (TooLargeError, zlib.error) as error:
            rule = f"A page's answer has at most {MAX_BYTES // 2**20} MB."
            raise ServerError(f"{rule} Received: {error} from {url}. Ask another server.") from error
        return read_rest(answer, url, wanted)

    return attempt


def read_rest(answer, url, wanted=None):
    """The part `wanted` of a bounded.Answer. Raises ServerError, and _Busy where asking again makes sense."""
    if answer.elsewhere is not None:
        fix = "If it is yours, name that address."
        raise ServerError(
            f"No redirect is followed: pages go to the server that was named. Received: {url} leads to {said(answer.elsewhere)}. {fix}"
        )
    if answer.status in BUSY:
        raise _Busy(f"A server has to answer. Received: status {answer.status} from {url}.")
    try:
        told = json.loads(answer.contents)
    except (ValueError, RecursionError) as error:  # not UTF-8, numbers of thousands of digits, nested without end
        rule = "A TensorFlow Serving server answers in JSON."
        raise ServerError(f"{rule} Received: status {answer.status} and something else from {url}. Name another address.") from error
    if not isinstance(told, dict) or "error" in told or (wanted and not isinstance(told.get(wanted), dict)):
        what = told.get("error", f"no {wanted}") if isinstance(told, dict) else type(told).__name__
        if error := _missing_signature(str(what), url):
            raise error
        received = f"Received: status {answer.status} from {url}: {said(what)}"
        raise ServerError(f"A model answers with outputs. {received}. Is it a model that `ocr-crnn export` has written?")
    return told.get(wanted)


def _attempt_grpc(target, request):
    tensorflow, apis, grpc = _import_serving()

    def attempt(seconds):
        with grpc.insecure_channel(target, CHANNEL) as channel, _errors_of_grpc(grpc, target):
            response = apis.prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=seconds)
        return {name: _read_tensor(tensorflow, name, tensor, target) for name, tensor in response.outputs.items()}

    return attempt


def _read_tensor(tensorflow, name, tensor, target):
    """The values of a TensorProto as lists. It may say a shape of any size, and one value to fill it."""
    sizes = [axis.size for axis in tensor.tensor_shape.dim]
    try:
        if min(sizes, default=0) < 0 or math.prod(sizes) > MAX_VALUES:
            raise ValueError(f"a shape of {sizes}")
        return tensorflow.make_ndarray(tensor).tolist()
    except (ValueError, TypeError) as error:
        rule = f"A model answers with tensors of at most {MAX_VALUES:,} values."
        raise ServerError(f"{rule} Received: {said(name)} from {target}: {said(error)}. Ask another server.") from error


def _attempt_grpc_status(target, model, version, label):
    _, apis, grpc = _import_serving()
    request = apis.get_model_status_pb2.GetModelStatusRequest(model_spec=_model_spec(apis, model, version, label))

    def attempt(seconds):
        with grpc.insecure_channel(target, CHANNEL) as channel, _errors_of_grpc(grpc, target):
            apis.model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(request, timeout=seconds)

    return attempt


@contextmanager
def _errors_of_grpc(grpc, target):
    try:
        yield
    except grpc.RpcError as error:
        code, details = error.code(), error.details() or ""
        if missing := _missing_signature(details, target):
            raise missing from error
        received = f"Received: {code.name} from {target}: {said(details)}"
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in details:
            raise ServerError(f"A page's answer has at most {MAX_BYTES // 2**20} MB. {received}. Ask another server.") from error
        if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED):
            raise _Busy(f"A server has to answer. {received}.", gone=code is grpc.StatusCode.UNAVAILABLE) from error
        if code is grpc.StatusCode.INVALID_ARGUMENT and "not found in signature" in details:  # an output that is asked for
            raise _other_schema(f"a model without it ({said(details)})", target) from error
        raise ServerError(f"A model answers with outputs. {received}") from error


def _model_spec(apis, model, version, label):
    chosen = {"version_label": label} if label is not None else {}
    spec = apis.model_pb2.ModelSpec(name=model, **chosen)
    if version is not None:
        spec.version.value = int(version)
    return spec


def _import_serving():
    """TensorFlow, the modules of the serving protocol, gRPC."""
    try:
        import grpc
        import tensorflow
        from tensorflow_serving import apis
        from tensorflow_serving.apis import (  # noqa: F401 - they are reached through `apis`
            get_model_status_pb2,
            model_pb2,
            model_service_pb2_grpc,
            predict_pb2,
            prediction_service_pb2_grpc,
        )
    except ImportError as error:
        message = f"A grpc:// server is reached with the extra `serve`. Received: no module {error.name}. Install it: {INSTALL}. Or use http://."
        raise ServerError(message) from error
    return tensorflow, apis, grpc
