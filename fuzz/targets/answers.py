"""What servers answer: the body of a REST answer, and what is made of it."""

import io
import json
from functools import cache

import numpy as np

from fuzz.frame import target
from fuzz.structure import mutate_json


@cache
def page_image():
    """A PNG of two lines of marks, (60, 120) pixels, and its pixels."""
    from PIL import Image

    pixels = np.full((60, 120, 3), 255, np.uint8)
    pixels[10:20, 10:90:3] = pixels[40:50, 20:60:4] = 0
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue(), pixels


def _columns(texts, quads):
    rows = [(row, place, ord(character)) for row, text in enumerate(texts) for place, character in enumerate(text)]
    return {
        "codes": [code for *_, code in rows], "character_scores": [0.9] * len(rows), "character_counts": len(rows),
        "spans": [[4.0 * place, 4.0 * place + 4] for _, place, _ in rows], "segments": [row for row, *_ in rows],
        "counts": len(texts), "quads": quads, "scores": [0.9] * len(texts), "stacked": [False] * len(texts),
        "turns": 0, "left_out": 0, "sizes": [60, 120], "errors": "",
    }  # fmt: skip


def seed_answers():
    from ocr_crnn.serving.protocol import OUTPUTS, SCHEMA

    quads = [[[10, 8], [92, 8], [92, 22], [10, 22]], [[20, 38], [60, 38], [60, 52], [20, 52]], [[70, 5], [110, 25], [105, 35], [65, 15]]]
    tall = [[[20, 2], [30, 2], [30, 58], [20, 58]]]
    pages = [
        _columns(["안녕 하세요", "(1) 둘", "=셋"], quads), _columns(["세로쓰기"], tall) | {"stacked": [True], "turns": 1},
        _columns([], []), _columns(["a" * 30], quads[:1]) | {"spans": [[None, None]] * 30}, _columns([], []) | {"errors": "no image"},
    ]  # fmt: skip
    for page in pages:
        for signature, names in OUTPUTS.items():
            outputs = {name: [SCHEMA if name == "schemas" else page[name]] for name in names}
            yield json.dumps({"signature": signature, "outputs": outputs}).encode()
    yield b'{"error": "Servable not found"}'


@target(seed_answers, RuntimeError, mutate_json)
def server_answers(contents):
    """Through the whole client, but for the wire; its ServerError is a RuntimeError."""
    from ocr_crnn.images import UnreadableError
    from ocr_crnn.serving import bounded, client, transport

    line = b'"recognize"' in contents[:40]
    _, pixels = page_image()
    answer = bounded.Answer(200, contents, None)
    ask, client.ask_for_outputs = client.ask_for_outputs, lambda *_, **__: transport.read_rest(answer, "http://host", "outputs")
    try:
        page = client.RemoteReader("http://host", lines=line).read_pages([pixels])[0]
        if not np.isfinite(page.quads).all() or page.quads.dtype != np.float32 or not np.isfinite(page.scores).all():
            raise TypeError("A page has finite numbers.")
    except UnreadableError:  # in the server's words, if only their beginning
        return
    finally:
        client.ask_for_outputs = ask
