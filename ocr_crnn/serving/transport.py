"""How a TensorFlow Serving server is asked, over REST or gRPC: addresses, requests, patience, and what its errors mean."""

import base64
import re
import time
from contextlib import contextmanager
from functools import partial

import requests

from ocr_crnn.names import hide_passwords
from ocr_crnn.serving.protocol import OUTPUTS, SCHEMA

BUSY = (429, 502, 503, 504)  # HTTP statuses of a server that may answer later
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]  # bytes of a message
INSTALL = "pip install 'ocr-crnn[serve]'"


class ServerError(RuntimeError):
    """A server that does not answer, or not with pages; the message names it, without its password, and says what to do."""

    def __init__(self, message):
        super().__init__(hide_passwords(message))


class NoServerError(ServerError, ConnectionError):
    """Nobody answers, however often it was asked: the next page would fare no better."""


def ask_for_outputs(contents, signature, server, model="ocr", version=None, label=None, timeout_s=60.0, retries=4, sleep=time.sleep):
    """The outputs of a signature for encoded images, a list of bytes: {name: list}. Raises ServerError."""
    if version is not None and label is not None:
        raise ValueError(f"A model is asked for by its version or by a label. Received: version {version} and label {label!r}. Give one.")
    way, address = parse_server(server)
    if way == "rest":
        ask = partial(requests.post, rest_url(address, model, version, label), json=rest_body(contents, signature))
        attempt = _attempt_rest(ask, timeout_s, "outputs")
    else:
        attempt = _attempt_grpc(address, grpc_request(contents, model, version, label, signature), timeout_s)
    return _retry(attempt, retries, sleep)


def ask_for_status(server, model="ocr", version=None, label=None, timeout_s=60.0, retries=2, sleep=time.sleep):
    """Nothing, from a server that is there and has the model. Raises ServerError."""
    way, address = parse_server(server)
    if way == "rest":
        attempt = _attempt_rest(partial(requests.get, rest_url(address, model, version, label, ask="")), timeout_s)
    else:
        attempt = _attempt_grpc_status(address, model, version, label, timeout_s)
    _retry(attempt, retries, sleep)


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
    for schema in schemas:
        name = schema.decode() if isinstance(schema, bytes) else schema
        if name != SCHEMA:
            raise _other_schema(name, server)


def _other_schema(received, server):
    fix = "Export the model anew with this version: ocr-crnn export --to models/ocr/2."
    return ServerError(f"This client reads answers of the schema {SCHEMA}. Received: {received} from {server}. {fix}")


class _Busy(Exception):
    """An answer after which asking again makes sense. gone: there was none at all."""

    def __init__(self, message, gone=False):
        super().__init__(message)
        self.gone = gone


def _retry(attempt, retries, sleep):
    for delay_s in (0.5 * 2**number for number in range(retries)):
        try:
            return attempt()
        except _Busy:
            sleep(delay_s)
    try:
        return attempt()
    except _Busy as error:
        kind = NoServerError if error.gone else ServerError
        raise kind(f"{error} Asked {retries + 1} times. Is it running, and with a model of that name?") from error.__cause__


def _attempt_rest(ask, timeout_s, wanted=None):
    """ask: of `requests`, its URL bound. wanted: the key of the answer that is asked for; without one any answer will do."""
    url = ask.args[0]

    def attempt():
        try:
            response = ask(timeout=timeout_s)
        except (requests.ConnectionError, requests.Timeout) as error:
            gone = not isinstance(error, requests.ReadTimeout)
            raise _Busy(f"A server has to answer. Received: nothing from {url} within {timeout_s:g} s.", gone) from error
        except requests.RequestException as error:
            raise ServerError(f"A server is asked at a URL. Received: {url}: {error}") from error
        if response.status_code in BUSY:
            raise _Busy(f"A server has to answer. Received: status {response.status_code} from {url}.")
        try:
            answer = response.json()
        except requests.JSONDecodeError as error:
            message = f"A TensorFlow Serving server answers in JSON. Received: status {response.status_code} and something else from {url}."
            raise ServerError(message) from error
        if not isinstance(answer, dict) or "error" in answer or (wanted and wanted not in answer):
            said = answer.get("error", f"no {wanted}") if isinstance(answer, dict) else answer
            raise ServerError(f"A model answers with outputs. Received: status {response.status_code} from {url}: {str(said)[:300]}")
        return answer.get(wanted)

    return attempt


def _attempt_grpc(target, request, timeout_s):
    tensorflow, apis, grpc = _import_serving()

    def attempt():
        with grpc.insecure_channel(target, UNLIMITED) as channel, _errors_of_grpc(grpc, target):
            response = apis.prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=timeout_s)
        return {name: tensorflow.make_ndarray(tensor).tolist() for name, tensor in response.outputs.items()}

    return attempt


def _attempt_grpc_status(target, model, version, label, timeout_s):
    _, apis, grpc = _import_serving()
    request = apis.get_model_status_pb2.GetModelStatusRequest(model_spec=_model_spec(apis, model, version, label))

    def attempt():
        with grpc.insecure_channel(target) as channel, _errors_of_grpc(grpc, target):
            apis.model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(request, timeout=timeout_s)

    return attempt


@contextmanager
def _errors_of_grpc(grpc, target):
    try:
        yield
    except grpc.RpcError as error:
        code = error.code()
        received = f"Received: {code.name} from {target}: {error.details()}"
        if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED):
            raise _Busy(f"A server has to answer. {received}.", gone=code is grpc.StatusCode.UNAVAILABLE) from error
        if code is grpc.StatusCode.INVALID_ARGUMENT and "not found in signature" in error.details():  # an output that is asked for
            raise _other_schema(f"a model without it ({error.details()})", target) from error
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
