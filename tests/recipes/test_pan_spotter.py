from ocr_crnn.recipes import RECIPES
from ocr_crnn.training.command import build_parser


def test_its_options_have_defaults_that_fit_together():
    args = build_parser(RECIPES)[0].parse_args(["pan_spotter"])
    assert (args.batch_size, args.regions, args.columns, args.reader, args.granularity) == (4, 8, 160, None, "segment")
    assert args.columns % 32 == 0
