"""What a server of the model answers, for tests of its clients."""

import base64
import io
import json
from http.server import BaseHTTPRequestHandler

from PIL import Image

from ocr_crnn.serving import protocol

TEXTS = ("안녕 하세요", "둘")
QUADS = [[[1.0, 2.0], [25.0, 2.0], [25.0, 6.0], [1.0, 6.0]], [[1.0, 12.0], [5.0, 12.0], [5.0, 16.0], [1.0, 16.0]]]
SCORES = [0.9, 0.7]


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
    **characters_of(TEXTS), "character_scores": [0.9] * 6 + [0.7], "character_counts": 7,
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
