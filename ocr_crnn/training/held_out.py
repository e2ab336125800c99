"""One's own lines and pages: what of them is held out to measure on, and what is too little to learn from."""

import numpy as np

from ocr_crnn.data.gt_utility import GTUtility

LEAST_LINES, LEAST_PAGES = 20, 4


class TooLittleDataError(ValueError):
    """There is not enough to learn from, or nothing to measure on."""


def hold_lines(gt_util, share, seed):
    """`(to learn from, to measure on)`, two GTUtilities: a share of the readable texts, drawn over all pages; one at least.

    Raises TooLittleDataError for fewer than LEAST_LINES texts, for one text again and again, and where the share leaves none to learn from.
    """
    readable = [(page, row) for page, texts in enumerate(gt_util.text) for row, text in enumerate(texts) if text]
    different = {text for texts in gt_util.text for text in texts if text}
    if len(readable) < LEAST_LINES:
        raise TooLittleDataError(
            f"At least {LEAST_LINES} lines with a text are learnt from. Received: {len(readable)} in {len(gt_util)} images. "
            f"Label more; 200 are a good beginning.{_findings(gt_util)}"
        )
    if len(different) == 1:
        raise TooLittleDataError(
            f"Lines to learn from say different things. Received: {len(readable)} times {different.pop()[:40]!r}. Label other lines too."
        )
    held = {readable[i] for i in _draw(len(readable), share, seed, "lines")}
    kept, measured = [], []
    for number, page in enumerate(gt_util):
        away = np.array([(number, row) in held for row in range(len(page))], bool)
        learnt = np.array([bool(text) for text in page.texts], bool) & ~away
        kept += [page.take(learnt)] if learnt.any() else []
        measured += [page.take(away)] if away.any() else []
    return GTUtility(kept, gt_util.report), GTUtility(measured, gt_util.report)


def hold_pages(gt_util, share, seed):
    """`(to learn from, to measure on)`: a share of the pages that have a readable text; one at least.

    Raises TooLittleDataError for fewer than LEAST_PAGES of them, for line images, and where the share leaves none to learn from.
    """
    pages = [page for page in gt_util if any(text is not None for text in page.texts)]
    if len(pages) < LEAST_PAGES:
        raise TooLittleDataError(
            f"At least {LEAST_PAGES} pages with texts are learnt from. Received: {len(pages)} of {len(gt_util)} images. "
            f"Label more; twenty are a good beginning.{_findings(gt_util)}"
        )
    if all(len(page) == 1 for page in pages):
        raise TooLittleDataError(
            f"A detector learns from pages of many texts. Received: {len(pages)} images of one text each. "
            "Lines are for the recogniser: ocr-crnn finetune lines."
        )
    held = set(_draw(len(pages), share, seed, "pages"))
    learnt = [page for number, page in enumerate(pages) if number not in held]
    return GTUtility(learnt, gt_util.report), GTUtility([pages[number] for number in sorted(held)], gt_util.report)


def _draw(count, share, seed, what):
    wanted = max(round(count * share), 1)
    if count - wanted < min(count, 2):
        raise TooLittleDataError(
            f"A part of the {what} is learnt from. Received: a share of {share:g} of {count} {what} to measure on, which leaves "
            f"{count - wanted}. Lower --held."
        )
    return sorted(np.random.default_rng(seed).permutation(count)[:wanted].tolist())


def _findings(gt_util):
    """What the reading of the data found, for whoever wonders where the rest is."""
    return f" What was found besides:\n{gt_util.report}" if gt_util.report.counts else ""
