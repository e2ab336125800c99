from types import SimpleNamespace

import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.detection.spotting import PANSpotter
from ocr_crnn.recipes import RECIPES
from ocr_crnn.recipes.pan_spotter import _spotter_of
from ocr_crnn.recognition.codecs import AttentionCodec
from ocr_crnn.spotting.text_spotter import TextSpotter
from ocr_crnn.training.command import build_parser


def test_its_options_have_defaults_that_fit_together():
    args = build_parser(RECIPES)[0].parse_args(["pan_spotter"])
    assert (args.batch_size, args.regions, args.columns, args.reader, args.granularity, args.decoder) == (4, 8, 160, None, "segment", "ctc")
    assert args.columns % 32 == 0


def test_all_but_the_decoder_begins_with_a_spotter_that_reads_by_another(tmp_path):
    alphabet = Alphabet("가나 ")
    network = PANSpotter(len(alphabet), units=8, num_blocks=1, num_heads=1, folded=True)
    folder = str(TextSpotter(network, alphabet).save_to_preset(tmp_path / "spotter"))
    args = SimpleNamespace(weights=folder, reader=None, freeze=None, columns=64)
    writer = _spotter_of(args, AttentionCodec(alphabet))
    assert (writer.codec, writer.steps, writer.folded) == ("attention", 16, True)
    reader = {v.path: v.numpy() for v in network.reader.variables}
    shared = [v for v in writer.reader.variables if v.path in reader]
    assert len(shared) > 20
    for variable in shared:
        np.testing.assert_allclose(variable, reader[variable.path], atol=0.01)
    again = str(TextSpotter(writer, alphabet).save_to_preset(tmp_path / "writer"))
    with pytest.raises(ValueError, match="Received: --columns 96, .* reads 64. Take --columns 64"):
        _spotter_of(SimpleNamespace(weights=again, reader=None, freeze=None, columns=96), AttentionCodec(alphabet))
