"""Plots for notebooks and reports, Hangul included. Each draws on matplotlib axes (new ones if None) and returns them."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import font_manager, pyplot
from matplotlib.collections import PolyCollection

from ocr_crnn.evaluation.detection import is_dont_care, match_rows
from ocr_crnn.evaluation.text import count_distance, length_bucket, measure_by

FONT_PATH = Path(__file__).parents[2] / "fonts" / "NanumBarunGothic.ttf"
# What systems bring along, in the order tried where the package is installed without its fonts folder.
INSTALLED_FONTS = (
    "NanumBarunGothic", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic", "Noto Sans CJK KR", "Noto Sans KR",
    "Noto Sans CJK JP", "NanumMyeongjo", "UnDotum", "Baekmuk Dotum", "Gulim", "Batang",
)  # fmt: skip


def use_korean_font(path=FONT_PATH):
    """Make matplotlib write Hangul, and a minus sign that every font has; returns the name of the font in use.

    path: a font file; if there is none, an installed Korean font is looked for. DejaVu Sans, which matplotlib brings,
    stands in for the symbols that a Korean font lacks. Raises FileNotFoundError where no Korean font is found.
    """
    if path is not None and Path(path).exists():
        font_manager.fontManager.addfont(str(path))
        name = font_manager.FontProperties(fname=str(path)).get_name()
    else:
        installed = {font.name for font in font_manager.fontManager.ttflist}
        name = next((name for name in INSTALLED_FONTS if name in installed), None)
    if name is None:
        raise FileNotFoundError(
            f"Korean text needs a Korean font. Received: {path}, which is no file, and none of {', '.join(INSTALLED_FONTS[:6])} … is "
            "installed. Pass the path of a .ttf or .otf, or install one: apt-get install fonts-nanum."
        )
    pyplot.rcParams["font.family"] = [name, "DejaVu Sans"]
    pyplot.rcParams["axes.unicode_minus"] = False
    return name


def displayed(text):
    """The text with a mark for what cannot be drawn: a space alone as ␣, a character without a glyph as its code ‹U+XXXX›.

    Looks at the fonts that matplotlib writes with, so that no missing-glyph warning and no empty box ever appears.
    """
    if text == " ":
        return "␣" if _has_glyph("␣") else "(space)"
    return "".join(c if _has_glyph(c) else f"‹U+{ord(c):04X}›" for c in text)


def plot_log(run, names=None, window=50, axes=None):
    """Loss (or other columns) of every batch, `log.csv`, with its running mean over `window` batches.

    run: a run folder or the file. names: columns; by default those that hold "loss".
    """
    log = _read_csv(run, "log.csv")
    axes = axes or pyplot.subplots(figsize=(8, 4))[1]
    for name in names or [column for column in log.columns if "loss" in column]:
        (line,) = axes.plot(log["iteration"], log[name], alpha=0.25, linewidth=0.8)
        smooth = log[name].rolling(window, min_periods=1).mean()
        axes.plot(log["iteration"], smooth, color=line.get_color(), label=f"{name}, mean of {window} batches")
    axes.set(xlabel="iteration", ylabel=", ".join(names or ["loss"]))
    axes.legend()
    axes.grid(alpha=0.3)
    return axes


def plot_history(run, names=None, axes=None):
    """Each metric of `history.csv` over the epochs, training and validation in one panel; returns the list of axes.

    run: a run folder or the file. names: metrics without "val_"; by default all but the time.
    """
    history = _read_csv(run, "history.csv")
    epochs = history.iloc[:, 0]
    columns = [column.removeprefix("val_") for column in history.columns[1:] if column not in ("time", "learning_rate")]
    names = names or list(dict.fromkeys(columns))
    axes = axes if axes is not None else pyplot.subplots(1, len(names), figsize=(5 * len(names), 4), squeeze=False)[1][0]
    for panel, name in zip(axes, names, strict=True):
        for column, style in ((name, "-"), (f"val_{name}", "--")):
            if column in history:
                panel.plot(epochs, history[column], style, marker="." if len(epochs) < 40 else None, label=column)
        panel.set(xlabel="epoch", ylabel=name)
        panel.legend()
        panel.grid(alpha=0.3)
    return list(axes)


def plot_samples(images, truths, predictions, columns=2):
    """Line images in a grid, each with its truth (GT), its reading (RT) and the edit distance; returns the figure.

    images: uint8 or 0–255 float, `(height, width)` or `(height, width, 1 or 3)`. Lines with errors are red.
    """
    rows = max(1, -(-len(images) // columns))
    figure, axes = pyplot.subplots(rows, columns, figsize=(7 * columns, 1.2 * rows), squeeze=False)
    for panel in axes.flat:
        panel.set_axis_off()
    for panel, image, truth, prediction in zip(axes.flat, images, truths, predictions, strict=False):
        panel.imshow(_picture(image), cmap="gray", vmin=0, vmax=255)
        panel.set_anchor("NW")
        distance = count_distance(truth, prediction)
        title = f"GT {displayed(truth)}\nRT {displayed(prediction or '')}   distance {distance}"
        panel.set_title(title, loc="left", fontsize=9, color="tab:red" if distance else "black", parse_math=False)
    figure.tight_layout()
    return figure


def plot_steps(image, looks, titles):
    """A line for each step of a reading, and over it where that step looks; returns the figure.

    image: as of `plot_samples`. looks: not negative, `(steps, columns, rows)` of the patches that the image is cut into; of each step the
    darkest is its largest. titles: of the steps.
    """
    height, width = np.shape(image)[:2]
    figure, axes = pyplot.subplots(1, len(titles), figsize=(2.6 * len(titles), 0.6 + 2.6 * height / width), squeeze=False)
    for panel, look, title in zip(axes.flat, looks, titles, strict=True):
        panel.imshow(_picture(image), cmap="gray", vmin=0, vmax=255, extent=(0, width, height, 0))
        panel.imshow(np.transpose(look), cmap="Reds", alpha=0.5, vmin=0, extent=(0, width, height, 0))
        panel.set_title(displayed(title), fontsize=9, parse_math=False)
        panel.set_axis_off()
    figure.tight_layout()
    return figure


def plot_confusions(confusions, count=25, axes=None):
    """The `count` most frequent confusions as a map: truth down, reading across; ∅ is no character (insertion, deletion).

    confusions: the Counter of `count_confusions`.
    """
    cells = sorted(confusions.items(), key=lambda item: (-item[1], item[0]))[:count]
    truths, readings = (list(dict.fromkeys(pair[side] for pair, _ in cells)) for side in (0, 1))
    axes = axes or pyplot.subplots(figsize=(1.5 + 0.4 * max(4, len(readings)), 1.5 + 0.4 * max(2, len(truths))))[1]
    counts = np.full((max(1, len(truths)), max(1, len(readings))), np.nan)
    for (truth, reading), number in cells:
        counts[truths.index(truth), readings.index(reading)] = number
        axes.text(readings.index(reading), truths.index(truth), str(number), ha="center", va="center", fontsize=8)
    axes.imshow(counts, cmap="YlOrRd", vmin=0, vmax=1.5 * max([number for _, number in cells], default=1), aspect="auto")
    for axis, characters in ((axes.yaxis, truths), (axes.xaxis, readings)):
        axis.set_ticks(range(len(characters)), [displayed(c) if c else "∅" for c in characters], parse_math=False)
    axes.set(xlabel="read as", ylabel="truth", title=f"{sum(confusions.values()):,} errors, {len(confusions):,} different")
    return axes


def plot_cer_by_length(pairs, axes=None):
    """Character error rate against the length of the line, with the number of lines above each bar."""
    pairs = list(pairs)
    slices = measure_by(pairs, [length_bucket(truth) for truth, _ in pairs])
    axes = axes or pyplot.subplots(figsize=(6, 4))[1]
    bars = axes.bar(list(slices), [figures["cer"] for figures in slices.values()], color="tab:blue", alpha=0.7)
    axes.bar_label(bars, [f"{figures['lines']:,}" for figures in slices.values()], fontsize=8)
    axes.set(xlabel="characters of the line", ylabel="CER", title=f"CER by length, {len(pairs):,} lines")
    return axes


def plot_page(image, prediction=None, truth=None, min_iou=0.5, texts=False, axes=None):
    """A page with quads: found blue; against a truth, found green, missed red, false orange, don't care grey.

    image: uint8 `(height, width)` or `(height, width, 3)`. texts: write what was read at the top left of each quad.
    """
    height, width = image.shape[:2]
    axes = axes or pyplot.subplots(figsize=(10, min(30, 10 * height / width)))[1]
    axes.imshow(_picture(image), cmap="gray", vmin=0, vmax=255)
    axes.set_axis_off()
    groups = [] if prediction is None else [("found", "tab:blue", prediction.quads)]
    if truth is not None and prediction is None:
        groups = [("truth", "tab:green", truth.quads[~is_dont_care(truth)])]
    elif truth is not None:
        matched = match_rows(truth, prediction, min_iou)
        hit = np.isin(np.arange(len(prediction)), matched)
        missed = (matched < 0) & ~is_dont_care(truth)
        groups = [("found", "tab:green", prediction.quads[hit]), ("missed", "tab:red", truth.quads[missed])]
        groups += [("false", "tab:orange", prediction.quads[~hit])]
    if truth is not None:
        groups += [("don't care", "tab:gray", truth.quads[is_dont_care(truth)])]
    for label, color, quads in groups:
        if len(quads):
            axes.add_collection(PolyCollection(quads, facecolors="none", edgecolors=color, linewidths=1, label=f"{label} {len(quads)}"))
    if texts and prediction is not None:
        for quad, text in zip(prediction.quads, prediction.texts, strict=True):
            axes.text(*quad[0], displayed(text or ""), fontsize=7, color="tab:blue", va="bottom", parse_math=False)
    if any(len(quads) for *_, quads in groups):
        axes.legend(loc="upper right", fontsize=8)
    return axes


def _has_glyph(character):
    # As lists: a bare string is a fontconfig pattern, in which the "-" of "sans-serif" has a meaning.
    families = (font_manager.FontProperties(family=[name]) for name in pyplot.rcParams["font.family"])
    return any(ord(character) in _glyphs(font_manager.findfont(family)) for family in families)


@lru_cache
def _glyphs(path):
    return frozenset(font_manager.get_font(path).get_charmap())


def _picture(image):
    """An image as imshow takes it: `(height, width)` or uint8 `(height, width, 3)`."""
    image = np.clip(np.asarray(image), 0, 255).astype(np.uint8)
    return image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image


def _read_csv(run, name):
    path = Path(run)
    path = path / name if path.is_dir() else path
    if not path.exists():
        raise FileNotFoundError(f"A run folder holds {name} once training began. Received: {path}. Pass the folder that train.py printed.")
    return pd.read_csv(path)
