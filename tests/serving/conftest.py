"""One small reader and one export of it for all tests of serving: tracing and writing the graph takes most of their time; and servers
that speak TensorFlow Serving's two languages, on this machine."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import ThreadingHTTPServer

import pytest
from served import small_reader
from stub_server import Serving, answer_for

from ocr_crnn.serving.export import export_saved_model


@pytest.fixture(scope="session")
def reader():
    return small_reader()


@pytest.fixture(scope="session")
def exported(reader, tmp_path_factory):
    """The folder of version 1 of the model ocr, and its config beside it."""
    return export_saved_model(reader, tmp_path_factory.mktemp("models") / "ocr" / "1", max_pixels=4_000_000)


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


@pytest.fixture
def grpc_server():
    """A PredictionService that answers with the outputs that are asked for, after the status codes in `codes`, with `details`.
    is_old: it has no codes."""
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
            self.requests, self.codes, self.details, self.is_old = [], [], "not now", False

        def Predict(self, request, context):
            self.requests.append(request)
            if self.codes:
                context.abort(self.codes.pop(0), self.details)
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
