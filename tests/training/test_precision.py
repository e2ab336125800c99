from ocr_crnn.training.precision import fastest_precision


def test_bfloat16_where_the_processor_multiplies_it(tmp_path):
    (tmp_path / "new").write_text("flags : fpu avx512f avx512_bf16\n")
    (tmp_path / "old").write_text("flags : fpu avx2\n")
    assert fastest_precision(tmp_path / "new") == "mixed_bfloat16"
    assert fastest_precision(tmp_path / "old") == fastest_precision(tmp_path / "absent") == "float32"
