"""Places of fields: the ruled cell where there is one of the field's size, the map where there is none."""

import numpy as np
from filled_form import filled_leave, leave_template

from ocr_crnn.reading.cells import find_cells
from ocr_crnn.reading.templates.matching import match_page
from ocr_crnn.reading.templates.placing import place_fields


def test_a_map_that_is_a_little_off_is_held_to_the_rules():
    page, image = filled_leave()
    (match,), _ = match_page(page, [leave_template()])
    matrix = match.placement.matrix.copy()
    matrix[:2, 2] += (6, -5)
    off = match._replace(placement=match.placement._replace(matrix=matrix, residuals_px=np.zeros_like(match.placement.residuals_px)))
    quads, held = place_fields(off, find_cells(image))
    fields = match.sheet.fields
    ruled = [row for row, field in enumerate(fields) if field.name in ("department", "rank", "name", "start", "end", "phone", "reason")]
    assert held[ruled].all()
    for row in ruled:
        np.testing.assert_allclose(quads[row], fields[row].quad, atol=3)
    free = [row for row, field in enumerate(fields) if field.name in ("signed", "signature", "seal")]
    assert not held[free].any()
    for row in free:
        np.testing.assert_allclose(quads[row], fields[row].quad + [6, -5], atol=0.1)


def test_a_page_without_rules_and_a_form_without_fields():
    page, image = filled_leave()
    (match,), _ = match_page(page, [leave_template()])
    quads, held = place_fields(match, find_cells(np.full_like(image, 255)))
    assert not held.any() and len(quads) == len(match.sheet.fields)
    quads, held = place_fields(match._replace(sheet=match.sheet._replace(fields=())), find_cells(image))
    assert quads.shape == (0, 4, 2) and held.shape == (0,)
