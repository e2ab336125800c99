"""Filled forms, and pages that are none of them, as a scanner, a camera and a fax give them: what documents_templates.py reads.

Page number n of a seed is the same in every process. A page is rendered, damaged, read once, and kept with its picture in a folder:
whoever works on what comes after reading does not read again.
"""

import pickle
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ocr_crnn.files import replacing_file
from ocr_crnn.page import Page
from ocr_crnn.synthesis.damage.page import degrade_page
from ocr_crnn.synthesis.page.blank_forms import A4, FORMS, leave_request
from ocr_crnn.synthesis.page.blanks import draw_blank
from ocr_crnn.synthesis.page.fillings import draw_fillings
from ocr_crnn.synthesis.page.rendering import draw_page, render_page

BLANKS = {**FORMS, "leave_request_2": lambda: leave_request(2)}
DAMAGES = ("scan", "photo", "fax")
STRANGERS = ("form", "invoice", "statement", "certificate", "contract", "sheet", "receipt", "official_letter", "sample_contract", "report")


class Sample(NamedTuple):
    """kinds: of BLANKS, one for each form on the page, none on a stranger's. fillings: {place: Filling} for each. page: as read."""

    number: int
    damage: str
    kinds: tuple
    fillings: tuple
    page: Page
    jpeg: np.ndarray

    @property
    def image(self):
        return cv2.cvtColor(cv2.imdecode(self.jpeg, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def plan(count):
    """(damage, kinds) of each of `count` pages: forms by turns; every fourth page is a stranger's, every 25th holds two forms."""
    names = list(BLANKS)
    for number in range(count):
        damage = DAMAGES[number % 3]
        if number % 25 == 24:
            yield damage, ("tax_invoice", "tax_invoice")
        else:
            yield damage, () if number % 4 == 3 else (names[(number // 3) % len(names)],)


def render(seed, number, damage, kinds, faces, corpus, dpi):
    """(image uint8 RGB, fillings) of a page."""
    rng = np.random.default_rng([seed, number])
    if not kinds:
        image, page = render_page(draw_page(rng, faces, corpus, dpi, STRANGERS[(number // 4) % len(STRANGERS)]))
        return degrade_page(rng, image, page, damage, dpi)[0], ()
    pictures, fillings = [], []
    for kind in kinds:
        blank = BLANKS[kind]()
        fillings.append(draw_fillings(rng, blank))
        pens = [faces[rng.integers(len(faces))], *faces]
        texts = {name: filling.text for name, filling in fillings[-1].items()}
        image, page = render_page(draw_blank(blank, [faces[rng.integers(len(faces))], *faces], dpi, texts, pens, rng))
        pictures.append(image)
    if len(pictures) > 1:
        image = np.vstack(
            [*pictures, np.full((max(0, round(A4[0] * dpi / 72) - sum(map(len, pictures))), image.shape[1], 3), 255, np.uint8)]
        )
        page = Page(None, image.shape[:2], page.quads, page.texts)
    return degrade_page(rng, image, page, damage, dpi)[0], tuple(fillings)


def samples(reader, folder, count, faces, corpus, dpi=200, seed=7, only=None):
    """Yield the Samples; those that are not in the folder yet are read first. only: numbers, None for all."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (damage, kinds) in enumerate(plan(count)):
        if only is not None and number not in only:
            continue
        file = folder / f"{seed}-{number:05}.pickle"  # our own, in a folder that was named for it
        if not file.exists():
            image, fillings = render(seed, number, damage, kinds, faces, corpus, dpi)
            jpeg = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
            sample = Sample(number, damage, kinds, fillings, None, jpeg)
            sample = sample._replace(page=reader().read_page(sample.image))
            with replacing_file(file) as stream:
                pickle.dump(sample, stream)
        yield pickle.loads(file.read_bytes())
