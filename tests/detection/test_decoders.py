"""Decoders by their names."""

from dataclasses import dataclass

import pytest

from ocr_crnn.detection.decoders import build_decoder, decoder_config, register_decoder
from ocr_crnn.detection.kernels import KernelDecoder
from ocr_crnn.presets import PresetError


@register_decoder("mine>peaks")
@dataclass(frozen=True)
class Peaks:
    least: float


def test_our_decoders_have_the_names_of_their_modules_and_others_that_of_their_package():
    config = decoder_config(KernelDecoder(min_score=0.5))
    assert config["decoder"] == "kernels" and config["decoder_arguments"]["min_score"] == 0.5
    assert build_decoder(config) == KernelDecoder(min_score=0.5)
    assert decoder_config(Peaks(0.25)) == {"decoder": "mine>peaks", "decoder_arguments": {"least": 0.25}}
    assert build_decoder({"decoder": "mine>peaks", "decoder_arguments": {"least": 0.5}}) == Peaks(0.5)


def test_decoders_that_nobody_knows():
    @dataclass(frozen=True)
    class Unknown:
        pass

    with pytest.raises(TypeError, match="is registered. Received: Unknown"):
        decoder_config(Unknown())
    for name in ("gone", "toys>gone", "detector"):
        with pytest.raises(PresetError, match=f"'{name}', which nobody has registered. Import"):
            build_decoder({"decoder": name, "decoder_arguments": {}})
