import keras
import pytest

from ocr_crnn.training.precision import fastest_precision, made_in


def test_bfloat16_where_the_processor_multiplies_it(tmp_path):
    (tmp_path / "new").write_text("flags : fpu avx512f avx512_bf16\n")
    (tmp_path / "old").write_text("flags : fpu avx2\n")
    assert fastest_precision(tmp_path / "new") == "mixed_bfloat16"
    assert fastest_precision(tmp_path / "old") == fastest_precision(tmp_path / "absent") == "float32"


def test_what_is_made_after_a_training_has_the_precision_of_before():
    before = keras.config.dtype_policy()
    with pytest.raises(KeyError), made_in("mixed_bfloat16"):
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
        raise KeyError
    assert keras.config.dtype_policy() == before
