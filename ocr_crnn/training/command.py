"""The train command: options, run folder, background, resume. `train.py` and `ocr-crnn train` both call `main`."""

import argparse
import inspect
import os
import signal
import sys
from contextlib import ExitStack, closing, redirect_stdout, suppress
from pathlib import Path

CALL_OPTIONS = ("recipe", "resume", "status", "background", "run_folder")  # not kept in config.json among the arguments


def build_parser(recipes):
    """The parser and, by recipe, its sub-command's: the options of every run, then the recipe's own, none of them required."""
    parser = argparse.ArgumentParser(prog="train.py", description="Train a network; --resume RUN goes on, --status RUN tells.")
    commands = parser.add_subparsers(dest="recipe", required=True, metavar="RECIPE")
    subparsers = {}
    for name, (add_options, build) in recipes.items():
        text = inspect.getdoc(build)
        sub = commands.add_parser(name, help=text.splitlines()[0], description=text, allow_abbrev=False)
        _add_run_options(sub.add_argument_group("every run"), name)
        add_options(sub)
        subparsers[name] = sub
    return parser, subparsers


def _add_run_options(group, recipe):
    from ocr_crnn.training.distribution import KINDS
    from ocr_crnn.training.optimizers import OPTIMIZERS, SCHEDULES

    group.add_argument("--experiment", default=recipe, help="the run folder is checkpoints/<yyyymmddHHMM>_<experiment>")
    group.add_argument("--checkpoints", default="checkpoints", metavar="DIR", help="where run folders are made")
    group.add_argument("--epochs", type=int, default=1000)
    group.add_argument("--steps-per-epoch", type=int, help="by default once through the data, where they end")
    group.add_argument("--batch-size", type=int, default=128)
    group.add_argument("--optimizer", choices=OPTIMIZERS, default="sgd")
    group.add_argument("--learning-rate", type=float, default=1e-4)
    group.add_argument("--schedule", choices=SCHEDULES, default="constant")
    group.add_argument("--warmup-steps", type=int, default=0)
    group.add_argument("--clipnorm", type=float, default=5.0, help="largest norm of one variable's gradient")
    group.add_argument("--weight-decay", type=float, default=0.01, help="adamw only")
    group.add_argument("--ema", type=float, metavar="MOMENTUM", help="average the weights over the steps, 0.999 say")
    group.add_argument("--patience", type=int, default=20, help="epochs without a better one before the run ends; 0 = never")
    group.add_argument("--weights", metavar="PATH", help="weights to begin with: .weights.h5; what else, the recipe says")
    group.add_argument("--freeze", nargs="*", default=[], metavar="LAYER", help="layers, or their prefixes, that stay as they are")
    group.add_argument("--precision", choices=("float32", "mixed_bfloat16", "mixed_float16"), default="float32")
    group.add_argument("--seed", type=int, default=0)
    group.add_argument("--keep-last", type=int, default=3, help="epochs whose weights stay, besides the best")
    group.add_argument("--save-every", type=float, default=10.0, metavar="MINUTES", help="save the state within an epoch")
    group.add_argument("--distribute", choices=KINDS, help="by default multiworker where TF_CONFIG is set, else none")
    group.add_argument("--resume", metavar="RUN", help="go on with a run; options given here replace its own")
    group.add_argument("--status", metavar="RUN", help="tell how a run stands, and leave")
    group.add_argument("--background", action="store_true", help="detach from the terminal")
    group.add_argument("--run-folder", help=argparse.SUPPRESS)  # made by the parent of a background run


def parse(recipes, argv):
    """The arguments; with --resume, those of the run's config.json unless given again."""
    from ocr_crnn.training.run import read_config

    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--resume")
    early.add_argument("--status")
    run, _ = early.parse_known_args(argv)
    if run.status:
        return argparse.Namespace(status=run.status)
    parser, subparsers = build_parser(recipes)
    if run.resume:
        config = read_config(run.resume)
        if not argv or argv[0] not in recipes:
            argv = [config["recipe"], *argv]
        subparsers[argv[0]].set_defaults(**config["arguments"])
    return parser.parse_args(argv)


def main(recipes, argv=None):
    """Parse, then train, detach or tell the status; returns the exit code: 0 done, 1 an error, 128 + signal stopped."""
    from ocr_crnn.training import run as runs

    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        args = parse(recipes, argv)
        if args.status:
            print(runs.describe_status(args.status))
            return 0
        if args.background:
            return _detach(args)
        return _train(recipes, args)
    except OSError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1


def _detach(args):
    from ocr_crnn.training import run as runs

    folder = Path(args.resume) if args.resume else runs.create_run_folder(args.checkpoints, args.experiment)
    command = [sys.executable, *(argument for argument in sys.orig_argv[1:] if argument != "--background")]
    process = runs.start_in_background(folder, command if args.resume else [*command, "--run-folder", str(folder)])
    print(f"{folder}: training in the background, process {process}\n{runs.how_to_follow(folder)}")
    return 0


def _train(recipes, args):
    """Run in the foreground of this process and write down how it ended."""
    from ocr_crnn.training import run as runs
    from ocr_crnn.training.distribution import is_chief, make_strategy
    from ocr_crnn.training.fit import TrainingDivergedError, TrainingStopped

    strategy = make_strategy(args.distribute)
    chief = is_chief(strategy)
    given = args.resume or args.run_folder
    folder = Path(given) if given else runs.create_run_folder(args.checkpoints, args.experiment) if chief else None
    stop = StopRequest()
    with ExitStack() as stack:
        if chief:
            stack.enter_context(runs.Occupied(folder))
            stack.enter_context(redirect_stdout(Tee(folder / "stdout.log")))
            (folder / "ended.json").unlink(missing_ok=True)
        stack.enter_context(stop)
        code, how = 1, "failed"
        try:
            message = _run_recipe(recipes, args, folder, strategy, stop, stack)
            code, how = 0, "finished"
        except TrainingStopped as stopped:
            code, how, message = 128 + stop.signal, "stopped", f"{stopped} Go on: python train.py --resume {folder}"
        except TrainingDivergedError as error:
            how, message = "diverged", str(error)
        except OSError as error:
            message = f"{error}. Set that right, then: python train.py --resume {folder}"
        except (ValueError, NotImplementedError) as error:
            message = str(error)
        except BaseException as error:
            _write_end(folder, "failed", f"{type(error).__name__}: {error}")
            raise
        print(f"{how}: {message}", flush=True)
        if code:
            print(f"train.py: {how}: {message}", file=sys.stderr)
        _write_end(folder, how, message)
    return code


def _write_end(folder, how, message):
    from ocr_crnn.training import run as runs

    if folder:
        with suppress(OSError):  # the disk may be what failed
            runs.write_json(folder / "ended.json", {"how": how, "message": message})


def _run_recipe(recipes, args, folder, strategy, stop, stack):
    """Build the experiment, compile, fit; returns the last line for the reader."""
    import keras

    from ocr_crnn.training import callbacks as own
    from ocr_crnn.training import run as runs
    from ocr_crnn.training.distribution import is_chief
    from ocr_crnn.training.fit import fit
    from ocr_crnn.training.state import Checkpoint

    _, build = recipes[args.recipe]
    chief = is_chief(strategy)
    arguments = {name: value for name, value in vars(args).items() if name not in CALL_OPTIONS}
    before = runs.read_config(folder)["arguments"] if args.resume else None
    keras.utils.set_random_seed(args.seed)
    keras.config.set_dtype_policy(args.precision)
    with strategy.scope():
        experiment = build(args)
        experiment.model.compile(**{"jit_compile": False, **experiment.compile})  # XLA compiles anew for each line width
    network = experiment.network or experiment.model
    monitor = experiment.monitor if experiment.validation is not None else experiment.monitor.removeprefix("val_")
    callbacks = [*experiment.callbacks]
    if args.patience:
        callbacks.append(keras.callbacks.EarlyStopping(monitor, patience=args.patience, mode="min", restore_best_weights=True))
    if chief:
        logger, progress = stack.enter_context(closing(own.Logger(folder))), stack.enter_context(closing(own.Progress()))
        weights = own.EpochWeights(folder, args.keep_last, monitor, network)
        callbacks += [logger, weights, progress, keras.callbacks.TensorBoard(folder / "tensorboard", write_graph=False)]
    # The saved rate of a constant one gives way to the option; a schedule has been made from the option already.
    scheduled = args.schedule != "constant" or args.warmup_steps
    changed_rate = args.learning_rate if before and not scheduled and before["learning_rate"] != args.learning_rate else None
    checkpoint = Checkpoint(folder, 60 * args.save_every, chief, changed_rate) if folder else None
    if chief:
        runs.write_config(folder, args.recipe, arguments)
        runs.write_network(folder, network, experiment.alphabet, inspect.getsourcefile(build))
        position = checkpoint.position()
        own.drop_rows_from(folder, position.step, position.step // experiment.steps_per_epoch)
        print(f"run folder: {folder}" + (f", going on at batch {position.step}" if position.step else ""), flush=True)
    if experiment.before and not args.resume:
        experiment.before()
    history = fit(
        experiment.model,
        experiment.batches,
        steps_per_epoch=experiment.steps_per_epoch,
        epochs=args.epochs,
        callbacks=callbacks,
        validation=experiment.validation,
        checkpoint=checkpoint,
        stop_requested=stop.requested,
    )
    if experiment.after:
        experiment.after()
    return f"{len(history)} epochs in this call" + (f"; weights: {folder}/best.weights.h5" if chief else "")


class StopRequest:
    """SIGTERM and Ctrl-C ask for the end: the batch is finished and the state saved. A second one ends at once."""

    def __init__(self):
        self.signal = None

    def requested(self):
        return self.signal is not None

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)
        return self

    def _ask(self, number, frame):
        self.signal = number
        signal.signal(number, signal.SIG_DFL)

    def __exit__(self, *error):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Tee:
    """Standard output that is written to a log as well, unless it is that log already (a background run)."""

    def __init__(self, path):
        self.terminal = sys.stdout
        self.log = open(path, "a", encoding="utf-8")  # noqa: SIM115, open as long as the process
        with suppress(OSError, ValueError):
            if os.path.samestat(os.fstat(self.terminal.fileno()), os.fstat(self.log.fileno())):
                self.log.close()
                self.log = None

    def write(self, text):
        if self.log:
            self.log.write(text)
        return self.terminal.write(text)

    def flush(self):
        if self.log:
            self.log.flush()
        self.terminal.flush()
