"""Recipes: one function an experiment. It gets the parsed options and returns the network, the data and the compile arguments.

A recipe is a file: its options, the experiment, a check of what was asked for, and one line in RECIPES. `train.py` does the rest:
it compiles, makes the run folder, fits, saves, resumes.
"""

from ocr_crnn.recipes.anchor_free import add_anchor_free_options, anchor_free
from ocr_crnn.recipes.attention_ctc import add_attention_ctc_options, attention_ctc
from ocr_crnn.recipes.clip4str import add_clip4str_options, clip4str
from ocr_crnn.recipes.craft import add_craft_options, craft
from ocr_crnn.recipes.crnn import add_crnn_options, add_crnn_rendered_options, add_crnn_sample_options, crnn, crnn_rendered, crnn_sample
from ocr_crnn.recipes.finetune_lines import add_finetune_lines_options, finetune_lines
from ocr_crnn.recipes.finetune_pages import add_finetune_pages_options, finetune_pages
from ocr_crnn.recipes.fixmatch import add_fixmatch_options, fixmatch
from ocr_crnn.recipes.pan import add_pan_options, pan
from ocr_crnn.recipes.pan_spotter import add_pan_spotter_options, pan_spotter
from ocr_crnn.recipes.parseq import add_parseq_options, parseq
from ocr_crnn.recipes.seqclr import add_seqclr_options, seqclr
from ocr_crnn.recipes.vitstr import add_vitstr_options, vitstr
from ocr_crnn.training.checks import (
    check_craft,
    check_crnn,
    check_crnn_rendered,
    check_finetune,
    check_fixmatch,
    check_lines,
    check_pages,
    check_seqclr,
)

# name on the command line → (add_options(parser), experiment(args), check(args)); the docstring of the second is the help
RECIPES = {
    "crnn": (add_crnn_options, crnn, check_crnn),
    "crnn_sample": (add_crnn_sample_options, crnn_sample, check_crnn),
    "crnn_rendered": (add_crnn_rendered_options, crnn_rendered, check_crnn_rendered),
    "attention_ctc": (add_attention_ctc_options, attention_ctc, check_lines),
    "vitstr": (add_vitstr_options, vitstr, check_lines),
    "parseq": (add_parseq_options, parseq, check_lines),
    "clip4str": (add_clip4str_options, clip4str, check_lines),
    "finetune_lines": (add_finetune_lines_options, finetune_lines, check_finetune),
    "finetune_pages": (add_finetune_pages_options, finetune_pages, check_finetune),
    "fixmatch": (add_fixmatch_options, fixmatch, check_fixmatch),
    "seqclr": (add_seqclr_options, seqclr, check_seqclr),
    "pan": (add_pan_options, pan, check_pages),
    "pan_spotter": (add_pan_spotter_options, pan_spotter, check_pages),
    "craft": (add_craft_options, craft, check_craft),
    "anchor_free": (add_anchor_free_options, anchor_free, check_pages),
}
