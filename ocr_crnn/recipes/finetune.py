"""Fine-tuning from data to preset: a run of a recipe, as much of it as forgets nothing, figures before and after, the preset."""

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from ocr_crnn.recipes import RECIPES
from ocr_crnn.recipes.finetuned_lines import FinetunedLines
from ocr_crnn.recipes.finetuned_pages import FinetunedPages
from ocr_crnn.recipes.rehearsal import find_rehearsal_fonts

ALLOWANCE = 0.08  # by how much of it the error on rendered material may rise, where the share is chosen
MAY_CHANGE = ("minutes", "save_every", "renderers")  # options with which a run goes on otherwise than it began
KINDS = {"lines": FinetunedLines, "pages": FinetunedPages}


class FinetuneError(ValueError):
    """The fine-tuning cannot begin or go on as it is asked for."""


class RunEndedError(RuntimeError):
    """The training was stopped or failed, and has said why. code: its exit code."""

    def __init__(self, run, code):
        super().__init__(f"The training has to come to its end. Received: exit code {code}. The same command goes on with {run}.")
        self.code = code


@dataclass
class Outcome:
    """What a fine-tuning came to.

    folder: of the preset, None where nothing got better. figures: rows `(what, before, after)`, by the presets as they are read with.
    share: of the trained weights in the preset, the rest are those it began with; 0 where nothing got better. tried: `{share: (own error,
    rendered error)}` on what it was chosen on. new: characters that were added to the alphabet. steps, minutes: of the training, and of
    this call in all.
    """

    folder: Path | None
    share: float
    tried: dict
    new: str
    steps: int
    minutes: float
    figures: list = field(default_factory=list)

    def __str__(self):
        table = format_table(self.figures)
        head = f"{self.steps} batches, {self.minutes:.1f} minutes in all; {self.share:.0%} of the trained weights"
        return f"{table}\n{head}" if table else head


def format_table(figures):
    """The rows `(what, before, after)` as Markdown with percents."""
    if not figures:
        return ""
    rows = [(what, f"{before:.2%}", f"{after:.2%}") for what, before, after in figures]
    return "\n".join(f"| {' | '.join(row)} |" for row in [("", "before", "after"), ("---",) * 3, *rows])


def finetune(kind, data, to, *, command=None, **options):
    """Improve a shipped recogniser (kind "lines") or detector ("pages") with one's own labelled data and write a preset → Outcome.

    data: path or paths of whatever `recipes.lines.read_truth` reads. to: folder of the preset, which must not be there yet.
    options: of the recipe finetune_lines or finetune_pages by their names; `base`, the preset to begin with, and `steps`, batches in all,
    besides: `finetune("lines", "labels/", "mine", steps=400, minutes=10, seed=1, fonts=["fonts/"])`. command: for the model card.
    The run is in TO.run until the preset is written. Where a call was killed or stopped, the same call goes on with it.
    Where no share of the trained weights is better, nothing is written and the run stays. Raises FinetuneError and other ValueErrors and
    OSErrors for what cannot be, RunEndedError.
    """
    began = time.monotonic()
    to = Path(os.path.abspath(to))
    run = to.with_name(f"{to.name}.run")
    argv = _arguments(kind, [data] if isinstance(data, str | os.PathLike) else data, options)
    args = _parse(argv)
    _check_place(to, run, args)
    task = KINDS[kind](args)  # refuses data that nothing can be learnt from before anything is made
    _train(argv, run)
    outcome = _ship(task, run, to, command or f"finetune({kind!r}, …)")
    outcome.minutes = (time.monotonic() - began) / 60
    if outcome.folder is not None:
        shutil.rmtree(run)
    return outcome


def _arguments(kind, data, options):
    """The command line of the recipe."""
    options = dict(options)
    fonts, steps, base = options.pop("fonts", None), options.pop("steps", None), options.pop("base", None)
    options["fonts"] = find_rehearsal_fonts(fonts, needed=options.get("rehearsal") != 0)
    if steps:
        each = min(int(steps), 100 if kind == "lines" else 50)
        options |= {"steps_per_epoch": each, "epochs": -(-int(steps) // each)}
    if base:
        options["weights"] = base
    argv = [f"finetune_{kind}", "--data", *map(str, data)]
    for name, value in options.items():
        if value is not None and value is not False:
            values = value if isinstance(value, list | tuple) else [] if value is True else [value]
            argv += [f"--{name.replace('_', '-')}", *map(str, values)]
    return argv


def _parse(argv):
    from ocr_crnn.training.command import parse

    try:
        return parse(RECIPES, argv)
    except SystemExit:  # argparse has said why
        raise FinetuneError(f"Options are those of the recipe. Received: {' '.join(argv)[:300]}. See train.py {argv[0]} --help.") from None


def _check_place(to, run, args):
    from ocr_crnn.files import sweep
    from ocr_crnn.training.run import read_config

    if os.path.lexists(to):
        raise FinetuneError(f"A preset gets a folder of its own. Received: {to}, which is there. Name another, or remove it.")
    if not to.parent.is_dir():
        raise FinetuneError(f"The folder around a preset is there. Received: {to}. Create {to.parent} first.")
    sweep(to.parent)  # what a killed call has left half written
    if not (run / "config.json").exists():
        return
    config = read_config(run)
    before, now = config["arguments"], {name: value for name, value in vars(args).items() if name in config["arguments"]}
    other = [name for name in before if name in now and before[name] != now[name] and name not in MAY_CHANGE]
    if config["recipe"] != args.recipe or other:
        said = ", ".join(f"--{name.replace('_', '-')} {before[name]}"[:120] for name in other) or config["recipe"]
        raise FinetuneError(
            f"A run goes on as it began. Received: {run}, which began with {said}. Give the same options, or remove that folder."
        )


def _train(argv, run):
    """The run of the recipe in its folder, from its beginning or from where it is; nothing where it has finished."""
    from ocr_crnn.training.command import main
    from ocr_crnn.training.run import read_end

    begun = (run / "config.json").exists()
    if begun and (read_end(run) or {}).get("how") == "finished":
        return
    run.mkdir(exist_ok=True)
    changed = _changed_options(argv) if begun else argv
    code = main(RECIPES, [*changed, "--resume" if begun else "--run-folder", str(run)])
    if code:
        if not (run / "config.json").exists():  # refused before it began
            shutil.rmtree(run, ignore_errors=True)
        raise RunEndedError(run, code)


def _changed_options(argv):
    """Of a command line its recipe and the options that a run that goes on may be given anew."""
    given = [[argv[0]]]
    for word in argv[1:]:
        if word.startswith("--"):
            given.append([])
        given[-1].append(word)
    return [word for option in given if option[0].removeprefix("--").replace("-", "_") in (argv[0], *MAY_CHANGE) for word in option]


def _ship(task, run, to, command):
    """Choose the share, write the preset as a whole, and measure it as it is read with."""
    from ocr_crnn.files import move, replace_file, unfinished_folder
    from ocr_crnn.presets import CARD
    from ocr_crnn.presets.engine_files import LiteRTError
    from ocr_crnn.training.quantise import quantise_preset
    from ocr_crnn.training.run import count_batches

    network, share, tried = _choose(task, run)
    outcome = Outcome(None, share, tried, task.new, count_batches(run), 0.0)
    if not share:
        return outcome
    with unfinished_folder(to.parent, to.name) as folder:
        preset = folder / to.name
        task.save(network, preset, f"# {to.name}\n\n{PLACE}\n")
        try:
            quantise_preset(preset)
        except LiteRTError as error:
            print(f"Without LiteRT files. {error}")
        outcome.figures = task.figures(preset)
        card = (preset / CARD).read_text(encoding="utf-8")
        replace_file(preset / CARD, card.replace(PLACE, describe(task, run, command, outcome)))
        move(preset, to)
    outcome.folder = to
    return outcome


def _choose(task, run):
    """`(network, share, tried)` of the best epoch or of the last one, the end of the schedule, mixed with what they began with.

    A held part of twenty lines tells an epoch from the next by an error or two, so what is rendered has a say: the sum of both errors, as
    parts of what they were before, decides.
    """
    from ocr_crnn.training.mixing import choose_share
    from ocr_crnn.training.run import load_network

    chosen = []
    for weights in ("best", "last"):
        network, _ = load_network(run, weights)
        share, tried = choose_share(network, task.begun, task.make_measure(network), ALLOWANCE)
        left = sum(now / max(then, 1e-9) for now, then in zip(tried[share], tried[0.0], strict=True))
        chosen.append((left, len(chosen), (network, share, tried)))
    return min(chosen)[-1]


PLACE = "Figures follow."


def describe(task, run, command, outcome):
    """Markdown of the model card: command, seed, data, steps, figures."""
    from ocr_crnn.training.run import read_config

    config = read_config(run)
    arguments, versions = config["arguments"], config["versions"]
    own, commit = 1 - arguments["rehearsal"], config["commit"] or "unknown"
    tried = "\n".join(f"| {share:.0%} | {mine:.2%} | {other:.2%} |" for share, (mine, other) in outcome.tried.items())
    added = f"\n{len(task.new)} characters were added to the alphabet: `{task.new}`\n" if task.new else ""
    return f"""{task.about}

## Fine-tuning

```
{command}
```
Began with the weights of `{arguments["weights"]}`. Seed {arguments["seed"]}; {outcome.steps} batches, {own:.0%} of them own material;
{arguments["precision"]}; Keras {versions["keras"]}, TensorFlow {versions["tensorflow"]}; source {commit[:12]}.
Data: {task.data}.
{added}
{format_table(outcome.figures)}

The first rows are of own material held out of the training, which also decided when it ended and how much of it is in these weights; the
rendered rows are of material that decided nothing. {outcome.share:.0%} of the weights are the trained ones, the rest those they began
with. Tried on held-out own and other rendered material:

| share | own | rendered |
| --- | --- | --- |
{tried}"""
