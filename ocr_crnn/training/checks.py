"""What the recipes refuse before anything is made or detached: paths that are not there, options that would do nothing.

Each takes the parsed options, reads a few files at most and no network, and raises OSError or ValueError.
"""

from pathlib import Path

from ocr_crnn.training.run import STATE_NAME

PUBLISHED = (".pth", ".pt")  # files of weights as others publish them


def check_crnn(args):
    """Refuse what cannot be found, before anything is made."""
    _check_data(args.data)
    require_files("--alphabet", [args.alphabet] if args.alphabet else [])
    require_files("--weights", [args.weights] if args.weights else [])
    _refuse_weights_of_resumed(args)


def _check_data(paths):
    from ocr_crnn.data.ground_truth import choose_format, read_ground_truth
    from ocr_crnn.data.samples import resolve_path

    for path in paths:
        root = resolve_path(path)
        if root.is_dir() and any(next(root.rglob(kind), None) for kind in ("*.json", "*.zip")):
            continue  # of however many files: looked into when it is read
        if choose_format(path)[0] == "aihub" and root.is_dir():
            read_ground_truth(path)  # says what it looks for


def require_files(option, paths):
    """Raise FileNotFoundError for a path that does not exist."""
    for path in paths or ():
        if not Path(path).expanduser().exists():
            raise FileNotFoundError(f"{option} names something that exists. Received: {path}, which does not. Correct the path.")


def _refuse_weights_of_resumed(args):
    """A resumed run takes its weights from its own state, so others would be read for nothing."""
    given = getattr(args, "given", ())
    if args.resume and "weights" in given and (Path(args.resume) / STATE_NAME).exists():
        raise ValueError(
            f"A resumed run goes on with its own weights. Received: --weights {args.weights} with --resume {args.resume}. "
            "Leave --weights out, or begin a new run with it."
        )


def check_lines(args):
    """Refuse options that would do nothing and what cannot be found, before anything is made."""
    given = getattr(args, "given", ())
    for name in ("data_share", "validation"):
        if name in given and not args.data:
            option = f"--{name.replace('_', '-')}"
            raise ValueError(f"{option} is about the lines of --data. Received: {option} without --data. Leave it out, or name data.")
    if args.data and "renderers" in given:
        raise ValueError(
            "With --data lines are rendered in the process of the training, beside the cache of those lines. "
            f"Received: --renderers {args.renderers} with --data. Leave --renderers out."
        )
    _check_data(args.data)
    require_files("--alphabet", [args.alphabet] if args.alphabet else [])
    _check_line_options(args)
    _check_weights(args, "recognition")


def check_crnn_rendered(args):
    """Refuse options that would do nothing and what cannot be found, before anything is made."""
    _check_line_options(args)
    for name in ("alphabet", "weights"):
        require_files(f"--{name}", [getattr(args, name)] if getattr(args, name) else [])
    _refuse_weights_of_resumed(args)


def _check_line_options(args):
    """The options of rendered lines."""
    if "batch_size" in getattr(args, "given", ()):
        raise ValueError(
            f"Batches of {args.recipe} are counted in pixel columns, for lines differ in width. "
            f"Received: --batch-size {args.batch_size}. Take --columns, {90 * args.batch_size}, say."
        )
    require_files("--words", [args.words] if args.words else [])
    _check_rendering(args)


def _check_rendering(args):
    """Text and fonts of a recipe that renders."""
    from ocr_crnn.synthesis.fonts import find_fonts

    require_files("--corpus", args.corpus)
    if not find_fonts(args.fonts):
        raise ValueError("Rendering needs fonts. Received: none. Install Korean fonts, or name them: --fonts fonts.")


def _check_weights(args, task):
    """Weights to begin with: a file, a preset of the task, a run of a recogniser."""
    from ocr_crnn.presets import find_preset

    _refuse_weights_of_resumed(args)
    if args.resume or not args.weights:
        return
    if args.weights.endswith(".h5"):
        require_files("--weights", [args.weights])
    elif task != "recognition" or not (Path(args.weights) / "network.json").exists():
        find_preset(args.weights, task)


def check_pages(args):
    """Refuse options that would do nothing and what cannot be found, before anything is made."""
    _check_page_options(args)
    _check_weights(args, "detection")
    given = getattr(args, "given", ())
    if "backbone" in given and args.weights and not args.weights.endswith(".h5"):
        _refuse_other_backbone(args)


def check_craft(args):
    """As `check_pages`; the weights may be a published file too."""
    if not (args.weights or "").endswith(PUBLISHED):
        check_pages(args)
        return
    _check_page_options(args)
    _refuse_weights_of_resumed(args)
    if args.backbone != "vgg16":
        raise ValueError(
            f"The published weights of CRAFT are for VGG16. Received: --weights {args.weights} with --backbone {args.backbone}. "
            "Take --backbone vgg16."
        )
    if not args.resume:
        require_files("--weights", [args.weights])


def _check_page_options(args):
    from ocr_crnn.training.pages import LARGEST_BATCH

    if args.batch_size > LARGEST_BATCH:
        raise ValueError(f"A batch has at most {LARGEST_BATCH} crops. Received: --batch-size {args.batch_size}. Lower it.")
    _check_rendering(args)
    _check_weak(args)


def _check_weak(args):
    """Pages without characters, of the recipes that take some."""
    if not hasattr(args, "weak"):
        return
    given = getattr(args, "given", ())
    for name in ("weak_ratio", "relabel_every"):
        option = f"--{name.replace('_', '-')}"
        if name in given and not args.weak:
            raise ValueError(f"{option} is about the pages of --weak. Received: {option} without --weak. Leave it out, or name pages.")
    if not args.weak:
        return
    if args.recipe == "pan" and "relabel_every" in given:
        raise ValueError("pan learns texts, not characters. Received: --relabel-every. Leave it out.")
    if args.processes > 1 or args.distribute:
        raise ValueError("Pages of --weak are labelled in one process. Received: --processes or --distribute. Leave them out.")
    require_files("--weak", args.weak)


def _refuse_other_backbone(args):
    from ocr_crnn.presets import read_preset

    backbone = read_preset(args.weights, "detection")[1]["arguments"].get("backbone", "light")
    if backbone != args.backbone:
        raise ValueError(
            f"A preset brings its own backbone. Received: --backbone {args.backbone} with --weights {args.weights}, which is {backbone}. "
            "Leave --backbone out, or begin without those weights."
        )


def check_finetune(args):
    """Refuse what cannot be found, and a fine-tuning on nothing, before anything is made."""
    if not args.data:
        raise ValueError("Fine-tuning learns from one's own data. Received: no --data. Name folders, zips or files of labels.")
    require_files("--data", args.data)
    require_files("--corpus", args.corpus)
    if args.rehearsal:
        _check_rendering(args)
    _check_weights(args, "recognition" if args.recipe == "finetune_lines" else "detection")


def check_fixmatch(args):
    """Refuse what cannot be found and options that would do nothing, before anything is made."""
    if not args.data:
        raise ValueError("SeqFixMatch begins with labelled lines. Received: no --data. Name folders, zips or files of labels.")
    require_files("--data", args.data)
    require_files("--measure", args.measure)
    if args.ratio and not args.unlabelled:
        raise ValueError("SeqFixMatch learns from lines without labels. Received: no --unlabelled. Name folders, or take --ratio 0.")
    if args.unlabelled and not args.ratio:
        raise ValueError("--ratio 0 leaves lines without labels out. Received: --unlabelled with it. Leave one of them out.")
    if args.processes > 1 or args.distribute:
        raise ValueError("SeqFixMatch trains in one process on one device. Received: --processes or --distribute. Leave them out.")
    if not args.weights or args.weights.endswith(".h5"):
        raise ValueError(
            f"SeqFixMatch goes on with a network that reads. Received: --weights {args.weights}. Name a run folder or a preset."
        )
    _check_weights(args, "recognition")


def check_seqclr(args):
    """Refuse what cannot be found and options that would do nothing, before anything is made."""
    given = getattr(args, "given", ())
    if not args.unlabelled and not args.pages:
        raise ValueError("SeqCLR learns from lines without labels. Received: none. Name images of lines, --unlabelled, or --pages.")
    if "detector" in given and not args.pages:
        raise ValueError("--detector finds the lines of --pages. Received: --detector without --pages. Leave it out, or name pages.")
    if "windows" in given and args.instances != "window":
        raise ValueError(
            f"--windows are those of --instances window. Received: --windows with --instances {args.instances}. Leave one of them out."
        )
    idle = [name for name in ("network", "head", "no_hanja", "alphabet", "size", "width", "positions") if name in given and args.weights]
    if idle:
        option = f"--{idle[0].replace('_', '-')}"
        raise ValueError(f"--weights bring their network and alphabet. Received: {option} with --weights {args.weights}. Leave one out.")
    if args.processes > 1 or args.distribute:
        raise ValueError("SeqCLR contrasts a batch in one process on one device. Received: --processes or --distribute. Leave them out.")
    if args.weights and args.weights.endswith(".h5"):
        raise ValueError(f"SeqCLR goes on with a run or a preset. Received: --weights {args.weights}. Name the folder of its run.")
    require_files("--alphabet", [args.alphabet] if args.alphabet else [])
    _check_weights(args, "recognition")
