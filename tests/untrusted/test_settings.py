import numpy as np
import pytest

from ocr_crnn.untrusted.settings import check_choice, check_flag, check_names, check_number, check_pair


def test_what_fits_is_given_back():
    assert (
        check_number("a", 0.5, 0, 1) == 0.5
        and check_number("a", np.float32(0.5), 0, 1) == 0.5
        and check_number("a", 3, 1, 4, whole=True) == 3
    )
    assert check_pair("a", [1, 2.5], 0, 3) == (1, 2.5)
    assert (
        check_flag("a", False) is False
        and check_choice("a", None, (None, "x")) is None
        and check_names("a", {"b": 1}, ["b", "c"]) == {"b": 1}
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 5, "1", None, True, [1], {}, 10**400, np.zeros(2), np.array("a"), 1j])
def test_numbers_that_are_none_or_beyond(value):
    with pytest.raises(ValueError, match="tile_px is a number from 0 to 4. Received: .*Correct tile_px"):
        check_number("tile_px", value, 0, 4)


def test_the_rest_likewise():
    for check in (
        lambda: check_number("a", 2.0, 0, 4, whole=True),
        lambda: check_number("a", np.float64(2), 0, 4, whole=True),
        lambda: check_pair("a", [1, float("nan")], 0, 3),
        lambda: check_pair("a", [1], 0, 3),
        lambda: check_pair("a", "12", 0, 3),
        lambda: check_flag("a", 1),
        lambda: check_choice("a", ["x"], ("x",)),
        lambda: check_choice("a", 1, (True,)),
        lambda: check_names("a", [], ["b"]),
        lambda: check_names("a", {"c": 1}, ["b"]),
        lambda: check_names("a", {}, ["b"], ["b"]),
    ):
        with pytest.raises(ValueError, match="Received: .*Correct|as an object"):
            check()
