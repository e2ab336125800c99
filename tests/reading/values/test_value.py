"""Values that overlap, and texts that are nothing but a value."""

from ocr_crnn.reading.values.value import Value, is_whole, without_overlaps


def test_the_longer_of_two_is_kept_and_of_equals_the_first():
    long, short, after = Value("date", 0, 9, 1), Value("quantity", 5, 8, 2), Value("time", 9, 12, 3)
    assert without_overlaps([after, short, long]) == [long, after]
    assert without_overlaps([Value("a", 0, 3, 1), Value("b", 0, 3, 2)]) == [Value("a", 0, 3, 1)]
    assert without_overlaps([]) == []


def test_whole():
    assert is_whole(Value("a", 2, 5, 1), ": abc (") and not is_whole(Value("a", 2, 5, 1), "x abc")
