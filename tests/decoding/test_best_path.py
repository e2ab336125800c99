import numpy as np

from ocr_crnn.decoding.best_path import collapse_frames, split_best_paths


def test_runs_become_characters():
    ids = np.array([[9, 2, 2, 9, 2, 3, 9], [3, 3, 9, 9, 9, 9, 9]])
    peaks = np.array([[5, 6, 4, 5, 5, 5, 5], [1, 2, 0, 0, 0, 0, 0]], np.float32)
    found, surest = collapse_frames(ids, peaks, 9)
    assert found.lines.tolist() == [0, 0, 0, 1] and found.ids.tolist() == [2, 2, 3, 3]
    assert found.starts.tolist() == [1, 4, 5, 0] and found.ends.tolist() == [3, 5, 6, 2]
    assert surest.tolist() == [1, 4, 5, 1] and found.scores is None


def test_a_line_ends_its_last_character():
    found, surest = collapse_frames(np.array([[9, 4], [4, 4]]), np.array([[0, 3], [7, 7]], np.float32), 9)
    assert found.lines.tolist() == [0, 1] and found.starts.tolist() == [1, 0] and found.ends.tolist() == [2, 2]
    assert surest.tolist() == [1, 0]  # the first of equal ones


def test_nothing():
    for shape in ((0, 5), (3, 0), (2, 4)):
        found, surest = collapse_frames(np.full(shape, 9), np.zeros(shape, np.float32), 9)
        assert [len(values) for values in (found.lines, found.ids, found.starts, found.ends, surest)] == [0] * 5


def test_split_by_line():
    found, _ = collapse_frames(np.array([[1, 9, 2], [9, 9, 9], [9, 9, 3]]), np.zeros((3, 3), np.float32), 9)
    lines = split_best_paths(found._replace(scores=np.float32([0.1, 0.2, 0.3])), 3)
    assert [line.ids.tolist() for line in lines] == [[1, 2], [], [3]]
    assert lines[0].spans.tolist() == [[0, 1], [2, 3]] and lines[2].scores.tolist() == [np.float32(0.3)]
