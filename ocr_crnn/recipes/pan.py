"""pan: the text detector, on rendered pages."""

from ocr_crnn.recipes.pages import add_page_options, begin_with, page_experiment
from ocr_crnn.recipes.weak import add_weak_options
from ocr_crnn.training.options import real, whole


def add_pan_options(parser):
    add_page_options(parser, ("light", "resnet18", "resnet50", "resnet101"))
    add_weak_options(parser)
    parser.add_argument("--shrink-rate", type=real(0, 1, above=True), default=0.7, help="of the kernels")
    parser.add_argument("--gap-weight", type=whole(1), default=1, help="of the cells between two texts that nearly touch")


def pan(args):
    """Train the PAN++ text detector on crops of rendered pages, with every Korean font found but the held-out ones.

    --weights takes a preset too, by its name or folder. Its batch normalisation is melted into the convolutions and stays
    away: the training goes on without, for which a low learning rate is right.
    """
    from functools import partial

    from ocr_crnn.detection.pan import PAN

    model = begin_with(args, partial(PAN, name="pan"))
    return page_experiment(args, model, partial(model.targets, shrink_rate=args.shrink_rate, gap_weight=args.gap_weight))
