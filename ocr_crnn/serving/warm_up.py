"""Requests that a TensorFlow Serving server runs before it answers its first one: `assets.extra/tf_serving_warmup_requests`."""

import importlib.util
import io

from PIL import Image, ImageDraw, ImageFont

WARM_UP = "tf_serving_warmup_requests"


def write_warm_up(path, model_name, signatures):
    """Write a page to a file, and a line where one of the signatures reads it; False, and no file, without the extra `serve`."""
    if importlib.util.find_spec("tensorflow_serving") is None:
        return False
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    page = draw_text((1240, 1754), [(90, 90 + 70 * row) for row in range(22)], 28)
    line = draw_text((600, 44), [(8, 4)], 28)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, image in (("serving_default", page), ("recognize", line)):
            if signature not in signatures:  # a server that is asked for it would not start
                continue
            request = predict_pb2.PredictRequest()
            request.model_spec.name = model_name
            request.model_spec.signature_name = signature
            request.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto([image]))
            log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
            writer.write(log.SerializeToString())
    return True


def draw_text(size, places, font_size):
    """A PNG of `size` (width, height) with lines of print at the given places."""
    picture = Image.new("L", size, 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(font_size)
    for number, place in enumerate(places):
        draw.text(place, f"{number + 1}. The quick brown fox jumps over the lazy dog, 0123456789", fill=0, font=font)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
