import json

import pytest

from ocr_crnn.commands.serve.problems import Problem, internal, shown, title, without_paths


def test_a_problem_is_json_with_its_status():
    problem = Problem(429, "queue-full", "Few wait. Received: one more. Ask again.", {"retry-after": "3"})
    assert json.loads(problem.body()) == {
        "type": "urn:ocr-crnn:queue-full", "title": "Too Many Requests", "status": 429,
        "detail": "Few wait. Received: one more. Ask again.",
    }  # fmt: skip
    assert problem.head()["content-type"] == "application/problem+json" and problem.head()["retry-after"] == "3"
    assert title(499) == "Error" and len(json.loads(Problem(400, "x", "가" * 9000).body())["detail"]) == 2000


def test_an_error_of_ours_is_told_by_its_kind_alone():
    assert "secret" not in internal(KeyError("secret")).detail and "KeyError" in internal(KeyError("secret")).detail


@pytest.mark.parametrize("text", ["/srv/ocr/frames.tflite", "'/tmp/x/upload'", "open:/tmp/.a.unfinished.abc/b"])
def test_paths_stay_here(text):
    assert without_paths(f"It opens. Received: {text}: no such file.").count("/") == 0


@pytest.mark.parametrize("text", ["0/180", "9 / 10 pages", "pages 1-3/5", "text/plain", "and/or"])
def test_what_is_no_path_stays(text):
    assert without_paths(text) == text


def test_values_are_repeated_in_part():
    assert shown("a\x1b") == "'a\\x1b'" and shown("x" * 81) == "'" + "x" * 80 + "'…"
