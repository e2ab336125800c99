"""The train command: options, run folder, background, resume. `train.py` and `ocr-crnn train` both call `main`."""

import argparse
import inspect
import os
import shutil
import signal
import sys
from contextlib import ExitStack, closing, redirect_stdout, suppress
from pathlib import Path

from ocr_crnn.names import printable
from ocr_crnn.quiet import start_tensorflow
from ocr_crnn.training.ending import Course, describe_loss, write_end
from ocr_crnn.training.options import add_run_options, find_idle_option

CALL_OPTIONS = ("recipe", "resume", "status", "background", "run_folder", "given")  # not kept in config.json among the arguments


def build_parser(recipes):
    """The parser and, by recipe, its sub-command's: the options of every run, then the recipe's own, none of them required."""
    parser = argparse.ArgumentParser(prog="train.py", description="Train a network; --resume RUN goes on, --status RUN tells.")
    commands = parser.add_subparsers(dest="recipe", required=True, metavar="RECIPE")
    subparsers = {}
    for name, (add_options, build, *_) in recipes.items():
        text = inspect.getdoc(build)
        sub = commands.add_parser(name, help=text.splitlines()[0], description=text, allow_abbrev=False)
        add_run_options(sub.add_argument_group("every run"), name)
        add_options(sub)
        subparsers[name] = sub
    return parser, subparsers


def parse(recipes, argv):
    """The arguments; with --resume, those of the run's config.json unless given again.

    `given` in the result holds the names of the options on the command line, as attributes. An option that would do nothing beside
    another ends the process with exit code 2, as errors of argparse do.
    """
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--resume")
    early.add_argument("--status")
    run, _ = early.parse_known_args(argv)
    if run.status:
        return argparse.Namespace(status=run.status)
    parser, subparsers = build_parser(recipes)
    if run.resume:
        from ocr_crnn.training.run import read_config

        config = read_config(run.resume)
        if not argv or argv[0] not in recipes:
            argv = [config["recipe"], *argv]
        if argv[0] != config["recipe"]:
            parser.error(f"A run goes on with its own recipe. Received: {argv[0]} for a run of {config['recipe']}. Leave the recipe out.")
        subparsers[argv[0]].set_defaults(**config["arguments"])
    args = parser.parse_args(argv)
    args.given = _given(recipes, argv)
    wrong = find_idle_option(args, args.given)
    if wrong:
        subparsers[args.recipe].error(wrong)
    return args


def _given(recipes, argv):
    """The names of the options that stand on the command line."""
    parser, subparsers = build_parser(recipes)
    for sub in subparsers.values():
        sub.set_defaults(**dict.fromkeys(vars(sub.parse_args([]))))
    found = vars(parser.parse_args(argv))
    return frozenset(name for name, value in found.items() if value is not None and value is not False and name != "recipe")


def main(recipes, argv=None):
    """Parse, then train, detach or tell the status; returns the exit code: 0 done, 1 an error, 128 + signal stopped.

    A recipe's third function, where it has one, looks at paths and the like before anything is made or detached.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        args = parse(recipes, argv)
        if args.status:
            from ocr_crnn.training import run as runs

            print(runs.describe_status(args.status))
            return 0
        _, _, *check = recipes[args.recipe]
        if check and not args.run_folder:
            check[0](args)
        if args.background:
            return _detach(args)
        if args.processes > 1:
            return _train_in_processes(recipes, args)
        return _train(recipes, args)
    except (OSError, ValueError) as error:
        print(f"train.py: {printable(error)}", file=sys.stderr)
        return 1


def _arguments(args):
    """What config.json keeps of the arguments."""
    return {name: value for name, value in vars(args).items() if name not in CALL_OPTIONS}


def _detach(args):
    from ocr_crnn.training import run as runs

    if args.resume:
        folder = Path(args.resume)
        runs.require_idle(folder)
    else:
        config = runs.make_config(args.recipe, _arguments(args))
        folder = runs.create_run_folder(args.checkpoints, args.experiment, config)
    command = [sys.executable, *(argument for argument in sys.orig_argv[1:] if argument != "--background")]
    process = runs.start_in_background(folder, command if args.resume else [*command, "--run-folder", str(folder)])
    print(f"{folder}: training in the background, process {process}\n{runs.how_to_follow(folder)}")
    return 0


def _train_in_processes(recipes, args):
    """Make the run folder and start the processes of `--processes`, each of which runs `_train`."""
    from ocr_crnn.training import run as runs
    from ocr_crnn.training.launching import refuse_other_workers, train_in_processes

    refuse_other_workers(args.processes)
    given = args.resume or args.run_folder
    if given:
        runs.require_idle(given)
    folder = Path(given or runs.create_run_folder(args.checkpoints, args.experiment, runs.make_config(args.recipe, _arguments(args))))
    args = argparse.Namespace(**{**vars(args), "run_folder": str(folder)})
    code, message, refused = train_in_processes(_train, recipes, args, folder)
    if message:
        print(f"train.py: {printable(message)}", file=sys.stderr)
    if refused and not given:
        shutil.rmtree(folder)
    return code


def _train(recipes, args, course=None):
    """Run in the foreground of this process and write down how it ended.

    The folder that a refused call has made is removed: no training began, so there is nothing to resume.
    course: told how it went, for whoever has started several processes.
    """
    start_tensorflow()  # in silence, before the modules that import it
    from ocr_crnn.training import run as runs
    from ocr_crnn.training.distribution import is_chief, make_strategy
    from ocr_crnn.training.fit import TrainingDivergedError, TrainingStopped

    strategy = make_strategy(args.distribute)
    chief = is_chief(strategy)
    given = args.resume or args.run_folder
    config = None if given or not chief else runs.make_config(args.recipe, _arguments(args))
    folder = Path(given) if given else runs.create_run_folder(args.checkpoints, args.experiment, config) if chief else None
    stop, course = StopRequest(), course or Course()
    with ExitStack() as stack:
        if chief:
            stack.enter_context(runs.Occupied(folder))
            stack.enter_context(redirect_stdout(Tee(folder / "stdout.log")))
            (folder / "ended.json").unlink(missing_ok=True)
        stack.enter_context(stop)
        code, how = 1, "failed"
        try:
            message = _run_recipe(recipes, args, folder, strategy, stop, stack, course)
            code, how = 0, "finished"
        except TrainingStopped as stopped:
            # Another worker may be the one that was asked to.
            code, how, message = 128 + (stop.signal or signal.SIGTERM), "stopped", f"{stopped} Go on: python train.py --resume {folder}"
        except TrainingDivergedError as error:
            how, message = "diverged", str(error)
        except OSError as error:
            kept = given or course.began
            message = f"{str(error).rstrip('.')}. Set that right, then: python train.py --resume {folder}" if kept else str(error)
        except (ValueError, NotImplementedError) as error:
            message = str(error)
        except BaseException as error:
            message = describe_loss(error, strategy)
            course.lost = message is not None
            if not course.lost:
                _end(folder if chief else None, course, "failed", f"{type(error).__name__}: {error}")
                raise
            message += f" Go on: python train.py --resume {folder}"
        print(f"{how}: {message}", flush=True)
        if code:
            print(f"train.py: {how}: {printable(message)}", file=sys.stderr)
        _end(folder if chief else None, course, how, message)
    if how == "failed" and not given and not course.began and folder:
        shutil.rmtree(folder)
    return code


def _end(folder, course, how, message):
    course.how, course.message = how, message
    if folder:
        write_end(folder, how, message)


def _run_recipe(recipes, args, folder, strategy, stop, stack, course):
    """Build the experiment, compile, fit; returns the last line for the reader."""
    import keras

    from ocr_crnn.training import callbacks as own
    from ocr_crnn.training import run as runs
    from ocr_crnn.training.distribution import is_chief
    from ocr_crnn.training.fit import fit
    from ocr_crnn.training.precision import made_in
    from ocr_crnn.training.state import Checkpoint

    _, build, *_ = recipes[args.recipe]
    chief = is_chief(strategy)
    before = runs.read_config(folder)["arguments"] if args.resume else None
    args.run_folder = str(folder) if folder else None  # for what a recipe keeps there
    keras.utils.set_random_seed(args.seed)
    stack.enter_context(made_in(args.precision))
    with strategy.scope():
        experiment = build(args)
        # XLA compiles anew for each line width; JAX knows nothing else.
        jit_compile = False if keras.backend.backend() == "tensorflow" else "auto"
        experiment.model.compile(**{"jit_compile": jit_compile, **experiment.compile})
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
    if args.resume:
        with strategy.scope():
            checkpoint.restore(experiment.model, ())  # refuses another network before anything of the run is written over
    if chief:
        runs.write_json(folder / "config.json", runs.make_config(args.recipe, _arguments(args), folder if args.resume else None))
        runs.write_network(folder, network, experiment.alphabet, inspect.getsourcefile(build))
        _write_reports(folder, experiment)
        position = checkpoint.position()
        own.drop_rows_from(folder, position.step, position.step // experiment.steps_per_epoch)
        print(f"run folder: {folder}" + (f", going on at batch {position.step}" if position.step else ""), flush=True)
    if experiment.before and not args.resume:
        experiment.before()
    course.began = True
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
    if chief:
        _write_reports(folder, experiment)  # images that turned out unreadable have joined them
    best = folder / "best.weights.h5" if chief else None
    if best and best.exists():
        network.load_weights(best)  # `after` measures what the last line names, whatever the last epoch was
    if experiment.after:
        experiment.after()
    if not best:
        return f"{len(history)} epochs in this call"
    epoch = "" if weights.best_epoch is None else f" of epoch {weights.best_epoch + 1}"
    return f"{len(history)} epochs in this call; best weights{epoch}: {best}"


def _write_reports(folder, experiment):
    for name, report in experiment.reports.items():
        if report.counts:
            report.write_csv(folder / f"report_{name}.csv")


class StopRequest:
    """SIGTERM, Ctrl-C and a terminal that is closed ask for the end: the batch is finished, the state saved. A second one ends at once."""

    def __init__(self):
        self.signal = None

    def requested(self):
        return self.signal is not None

    def __enter__(self):
        self.numbers = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # which nohup has set
            self.numbers.append(signal.SIGHUP)
        for number in self.numbers:
            signal.signal(number, self._ask)
        return self

    def _ask(self, number, frame):
        self.signal = number
        signal.signal(number, signal.SIG_DFL)

    def __exit__(self, *error):
        for number in self.numbers:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


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
