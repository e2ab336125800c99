"""craft: the detector of characters and of what links them, on rendered pages."""

from ocr_crnn.recipes.pages import add_page_options, begin_with, page_experiment
from ocr_crnn.recipes.weak import add_weak_options
from ocr_crnn.training.options import real


def add_craft_options(parser):
    add_page_options(parser, ("light", "vgg16"))
    add_weak_options(parser)
    parser.add_argument("--line-share", type=real(0, 1), default=0.5, help="how far characters are drawn up and down to the text's edges")


def craft(args):
    """Train the CRAFT text detector on crops of rendered pages, with every Korean font found but the held-out ones.

    --weights takes a preset too, by its name or folder. One of another network, as pan_light_ko, gives the layers that are the same there,
    and says which. Its batch normalisation is melted into the convolutions and stays away: the training goes on without. With
    --backbone vgg16 it takes the published file too, craft_mlt_25k.pth.
    """
    from functools import partial

    from ocr_crnn.detection.craft import CRAFT
    from ocr_crnn.training.craft_weights import load_craft_weights
    from ocr_crnn.training.taking_over import take_over

    def begin_as(network):
        folded = getattr(network, "folded", False)
        return network if isinstance(network, CRAFT) else take_over(CRAFT(args.backbone, folded, name="craft"), network)

    model = begin_with(args, partial(CRAFT, name="craft"), begin_as, load_craft_weights)
    return page_experiment(args, model, partial(model.targets, line_share=args.line_share))
