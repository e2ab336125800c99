"""Options of the train command: the range of every number, the options of every run, and those that would do nothing."""

import argparse
import math

MOST_SEED = 2**32 - 1


def whole(least=0, most=None, multiple=1):
    """An argparse type: a whole number in a range; else the rule, what was received, and a number that is right."""
    rule = f"a whole number, {least} or more" if most is None else f"a whole number from {least} to {most}"
    if multiple > 1:
        rule += f", a multiple of {multiple}"

    def convert(text):
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < least or (most is not None and value > most) or value % multiple:
            nearest = least if value is None or value < least or most is None else most
            if value is not None and value >= least and value % multiple:
                nearest = value - value % multiple
            raise argparse.ArgumentTypeError(f"The value is {rule}. Received: {text}. Give {nearest}, for example.")
        return value

    return convert


def real(least=0.0, most=None, above=False, below=False):
    """An argparse type: a finite number in a range. above: `least` itself is not in it; below: nor is `most`."""
    rule = f"a number above {least:g}" if above else f"a number of at least {least:g}"
    if most is not None:
        rule += f" and below {most:g}" if below else f" and at most {most:g}"

    def convert(text):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        low = value > least if above else value >= least
        high = most is None or (value < most if below else value <= most)
        if not (math.isfinite(value) and low and high):
            middle = least if not above else (least + most) / 2 if most is not None else least + 1
            raise argparse.ArgumentTypeError(f"The value is {rule}. Received: {text}. Give {middle:g}, for example.")
        return value

    return convert


def add_run_options(group, recipe):
    """The options of every run."""
    from ocr_crnn.training.distribution import KINDS
    from ocr_crnn.training.optimizers import OPTIMIZERS, SCHEDULES

    group.add_argument("--experiment", default=recipe, help="the run folder is checkpoints/<yyyymmddHHMM>_<experiment>")
    group.add_argument("--checkpoints", default="checkpoints", metavar="DIR", help="where run folders are made")
    group.add_argument("--epochs", type=whole(1), default=1000)
    group.add_argument("--steps-per-epoch", type=whole(1), help="by default once through the data, where they end")
    group.add_argument("--batch-size", type=whole(1), default=128)
    group.add_argument("--optimizer", choices=OPTIMIZERS, default="sgd")
    group.add_argument("--learning-rate", type=real(), default=1e-4)
    group.add_argument("--schedule", choices=SCHEDULES, default="constant")
    group.add_argument("--warmup-steps", type=whole(), default=0, help="not with inverse_time")
    group.add_argument("--clipnorm", type=real(above=True), default=5.0, help="largest norm of one variable's gradient")
    group.add_argument("--weight-decay", type=real(), default=0.01, help="adamw only")
    group.add_argument("--ema", type=real(0, 1, below=True), metavar="MOMENTUM", help="average the weights over the steps, 0.999 say")
    group.add_argument("--patience", type=whole(), default=20, help="epochs without a better one before the run ends; 0 = never")
    group.add_argument("--weights", metavar="PATH", help="weights to begin with: .weights.h5; what else, the recipe says")
    group.add_argument("--freeze", nargs="*", default=[], metavar="LAYER", help="layers, or their prefixes, that stay as they are")
    group.add_argument("--precision", choices=("float32", "mixed_bfloat16", "mixed_float16"), default="float32")
    group.add_argument("--seed", type=whole(0, MOST_SEED), default=0)
    group.add_argument("--keep-last", type=whole(1), default=3, help="epochs whose weights stay, besides the best")
    group.add_argument("--save-every", type=real(), default=10.0, metavar="MINUTES", help="save the state within an epoch")
    group.add_argument("--distribute", choices=KINDS, help="by default multiworker where TF_CONFIG is set, else none")
    group.add_argument("--processes", type=whole(1, 256), default=1, metavar="N", help="train in N processes of this machine")
    group.add_argument("--resume", metavar="RUN", help="go on with a run; options given here replace its own")
    group.add_argument("--status", metavar="RUN", help="tell how a run stands, and leave")
    group.add_argument("--background", action="store_true", help="detach from the terminal")
    group.add_argument("--run-folder", help=argparse.SUPPRESS)  # made by the parent of a background run


def find_idle_option(args, given):
    """What is wrong with an option that was given but would do nothing beside the others; None if nothing is.

    given: names of the options on the command line, as attributes of args.
    """
    if "weight_decay" in given and args.optimizer != "adamw":
        return f"--weight-decay is an option of adamw. Received: --optimizer {args.optimizer}. Leave one out or take --optimizer adamw."
    if "warmup_steps" in given and args.warmup_steps and args.schedule == "inverse_time":
        return "A warm-up goes with constant and cosine. Received: --schedule inverse_time with --warmup-steps. Leave one of them out."
    if args.processes > 1 and args.distribute not in (None, "multiworker"):
        return f"--processes is multiworker. Received: --processes {args.processes} with --distribute {args.distribute}. Leave one out."
    if args.resume:
        for name in ("experiment", "checkpoints"):
            if name in given:
                return f"A resumed run stays in its folder. Received: --{name} with --resume {args.resume}. Leave --{name} out."
    return None
