"""Answers that no model gives are refused before anything is made of them."""

import numpy as np
import pytest
from stub_server import WHITE, answer_for

from ocr_crnn.serving import answers, client
from ocr_crnn.serving.transport import ServerError

FAR = [[0, 0], [1e8, 0], [1e8, 9], [0, 9]]
WIDE = [[0, 0], [95, 0], [95, 60], [0, 60]]


def change(signature="serving_default", **columns):
    """A good answer for one image, with other columns."""
    return answer_for([WHITE], signature) | {name: [value] for name, value in columns.items()}


WRONG = {
    "counts of -1": {"counts": -1},
    "counts of 1.5": {"counts": 1.5},
    "counts of 200000, where whole numbers from 0 to 10000": {"counts": 200_000, "quads": [FAR] * 200_000},
    "counts that are no numbers": {"counts": "two"},
    "fewer quads than are counted": {"counts": 3},
    "character_counts of 300000": {"character_counts": 300_000},
    "a text of more than 10,000 characters": {
        "character_counts": 10_001, "codes": [65] * 10_001, "segments": [0] * 10_001, "character_scores": [1] * 10_001,
        "spans": [[0, 1]] * 10_001,
    },
    "fewer quads than are counted, or none": {"quads": None},
    "fewer quads than are counted, or": {"quads": {}},
    "quads of nan": {"quads": [[[float("nan"), 0]] * 4] * 2},
    "quads of inf": {"quads": [[[float("inf"), 0]] * 4] * 2},
    "quads that are no numbers": {"quads": [10**400, 0]},
    "quads of the shape": {"quads": [1, 2]},
    "quads far beyond a page of 40 × 20 pixels": {"quads": [FAR, FAR]},
    "quads that cover a page": {"counts": 200, "quads": [WIDE] * 200, "stacked": [False] * 200},
    "codes of 1.11411e+06": {"codes": [0x110000] * 7},
    "character_scores of nan": {"character_scores": [float("nan")] * 7},
    "spans of inf": {"spans": [[0, float("inf")]] * 7},
    "segments of 2": {"segments": [2] * 7},
    "segments that are not in order": {"segments": [1, 0, 0, 0, 0, 0, 0]},
    "turns of 4": {"turns": 4},
    "left_out of -1": {"left_out": -1},
    "sizes of the shape": {"sizes": [20]},
    "errors that are no text": {"errors": {}},
}  # fmt: skip


@pytest.mark.parametrize("received", WRONG)
def test_what_is_no_answer(received, monkeypatch):
    outputs = change(**WRONG[received])
    with pytest.raises(answers.AnswerError, match=received.replace("+", r"\+")):
        client.read_answer(outputs, [WHITE])
    monkeypatch.setattr(client, "ask_for_outputs", lambda *_, **__: outputs)
    with pytest.raises(ServerError, match=r"with scores, quads.* Received: .* in the answer of http://me:…@host. Ask another") as caught:
        client.read_remote(WHITE, "http://me:secret@host")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("outputs", [{}, {"errors": {}}, {"errors": []}, {"errors": None}, {"errors": [None]}])
def test_what_is_no_answer_at_all(outputs):
    for read in (client.read_answer, client.read_line_answer):
        with pytest.raises(answers.AnswerError, match="errors"):
            read(outputs, [WHITE])


def test_lines_are_checked_too():
    for columns in ({"character_counts": -1}, {"codes": None}, {"character_counts": 10_001}):
        with pytest.raises(answers.AnswerError):
            client.read_line_answer(change("recognize", **columns), [WHITE])


def test_what_is_odd_and_right():
    """NumPy columns as gRPC brings them, no texts at all, spans of a decoder that does not tell, a score a hair beyond 1."""
    outputs = {name: np.array(value) for name, value in answer_for([WHITE], "serving_default").items()}
    outputs["spans"] = outputs["spans"] * np.nan
    outputs["character_scores"] = outputs["character_scores"] * 0 + 1.0000001
    outputs["errors"] = np.array([b""], object)
    (page,) = client.read_answer(outputs, [WHITE])
    assert list(page.texts) == ["안녕", "하세요", "둘"] and (page.scores == 1).all()
    (page,) = client.read_answer(change(counts=0, character_counts=0, quads=[], segments=[], codes=[], spans=[]), [WHITE])
    assert len(page) == 0


def test_what_a_server_says_of_an_image_is_cut():
    (error,) = client.read_answer(change(errors="\x1b[2J" + "a" * 10**6), [WHITE])
    assert len(str(error)) < 310 and "\x1b" not in str(error)
