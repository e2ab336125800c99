"""anchor_free: the one-shot detector of words, characters and direction, on rendered pages."""

from ocr_crnn.recipes.pages import add_page_options, begin_with, experiment_on, rendered_pages
from ocr_crnn.recipes.weak import add_weak_options
from ocr_crnn.training.options import real

CALIBRATION_PAGES = 4  # of which a crop each tells what the layers of a preset give


def add_anchor_free_options(parser):
    add_page_options(parser, ("light",))
    add_weak_options(parser)
    parser.add_argument("--turned", type=real(0, 1), default=0.4, help="share of the crops that lie on a side or upside down")


def anchor_free(args):
    """Train the one-shot anchor-free detector on crops of rendered pages, with every Korean font found but the held-out ones.

    --weights takes a preset too, by its name or folder, also one of another network: what layers they share begins with its weights,
    as pan_light_ko has the backbone and the pyramid. Its batch normalisation, melted into the convolutions, is made anew.
    """
    import numpy as np

    from ocr_crnn.detection.anchor_free import AnchorFree
    from ocr_crnn.training.pages import VALIDATION
    from ocr_crnn.training.taking_over import take_over

    source = rendered_pages(args, AnchorFree.targets, turned=args.turned)

    def begin_as(preset):
        images = [source.draw_crops(VALIDATION + page)[0][0] for page in range(CALIBRATION_PAGES)]
        return take_over(AnchorFree(name="anchor_free"), preset, np.stack(images).astype(np.float32))

    model = begin_with(args, lambda backbone: AnchorFree(name="anchor_free"), begin_as)
    return experiment_on(args, model, source)
