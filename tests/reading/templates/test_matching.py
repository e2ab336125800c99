"""Which template a page shows: the right one in spite of lost labels and tilt, none where it shows none, twice where it is there twice."""

from dataclasses import replace

import numpy as np
from filled_form import VALUES, filled_leave, leave_template, move, page_of, without

from ocr_crnn.page import Page
from ocr_crnn.reading.templates.letters import fold
from ocr_crnn.reading.templates.matching import match_page
from ocr_crnn.reading.templates.registration import register
from ocr_crnn.synthesis.page.blank_forms import leave_request, resume, tax_invoice
from ocr_crnn.synthesis.page.blanks import describe_blank

TILT = np.array([[0.95, -0.03, 40], [0.04, 0.97, -10], [4e-5, -3e-5, 1]])


def template_of(blank):
    page, image = page_of(blank)
    return register([page], [image], describe_blank(blank, 100))


def corners(match):
    return match.placement.move(match.sheet.extent())


def test_the_blank_itself_is_matched_by_the_identity():
    page, _ = page_of(leave_request())
    (match,), refused = match_page(page, [leave_template()])
    assert len(match.found) == match.shown == len(match.sheet.anchors) and match.score > 0.999
    np.testing.assert_allclose(match.placement.matrix, np.eye(3), atol=1e-4)
    np.testing.assert_allclose(corners(match), match.sheet.extent(), atol=0.1)


def test_a_filled_copy_is_found_tilted_and_in_whatever_order_its_words_come():
    page, image = filled_leave()
    tilted, _ = move(page, image, TILT)
    (match,), _ = match_page(tilted, [template_of(resume()), leave_template()])
    assert match.template.name == "휴가신청서" and len(match.found) >= 0.9 * match.shown
    expected = np.concatenate([match.sheet.extent(), np.ones((4, 1))], axis=1) @ TILT.T
    np.testing.assert_allclose(corners(match), expected[:, :2] / expected[:, 2:], atol=3)
    # Lines in another order: letters within a line keep theirs.
    runs = tilted.line_rows()
    mixed = tilted.take(np.concatenate([runs[line] for line in np.random.default_rng(0).permutation(len(runs))]))
    (other,), _ = match_page(mixed, [leave_template()])
    np.testing.assert_allclose(corners(other), corners(match), atol=0.5)
    assert sorted(other.found) == sorted(match.found)


def test_a_fifth_of_the_labels_may_be_lost_and_half_may_not():
    page, _ = filled_leave()
    labels = [row for row, text in enumerate(page.texts) if any(fold(text) in anchor.key for anchor in leave_template().pages[0].anchors)]
    order = np.random.default_rng(2).permutation(labels)
    (match,), _ = match_page(without(page, order[: len(order) // 5]), [leave_template()])
    assert len(match.found) >= 0.6 * match.shown
    matches, (refused,) = match_page(without(page, order[: round(len(order) * 0.75)]), [leave_template()])
    assert not matches and "labels lie where they should" in refused.why


def test_labels_of_a_fax_that_is_hard_to_read_may_be_badly_misread():
    page, _ = filled_leave()
    keys = {anchor.key for anchor in leave_template().pages[0].anchors}
    labels = [row for row, text in enumerate(page.texts) if fold(text) in keys]
    texts = list(page.texts)
    for row in labels[1:]:
        texts[row] = texts[row][:-1] + "뷁"  # too much for a label of two or three letters, of which there are ten
    page = replace(page, texts=texts)
    matches, (refused,) = match_page(page, [leave_template()])
    assert not matches and "labels lie where they should" in refused.why
    faint = replace(page, scores=np.full(len(page), 0.9))
    (match,), _ = match_page(faint, [leave_template()])
    assert match.score < 0.5
    np.testing.assert_allclose(corners(match), match.sheet.extent(), atol=6)
    # Texts that are no labels at all are none on a fax either.
    texts = [text if row not in labels[1:] or len(text) > 4 else "뷁" * len(text) for row, text in enumerate(texts)]
    assert not match_page(replace(faint, texts=texts), [leave_template()])[0]


def test_equal_labels_are_told_apart_by_where_they_stand():
    blank = tax_invoice()
    page, image = page_of(blank, {"supplier_person": "나누리", "customer_person": "한글샘"})
    (match,), _ = match_page(page, [template_of(blank)])
    assert sum(key == "등록번호" for key in match.found) == 2
    np.testing.assert_allclose(match.placement.matrix, np.eye(3), atol=1e-3)


def test_two_forms_on_one_scan_are_two_matches():
    page, image = page_of(tax_invoice(), {"supplier_person": "나누리"})
    height, width = page.size
    lower = np.float32([0, height])
    below = replace(page, quads=page.quads + lower, characters=[replace(one, quads=one.quads + lower) for one in page.characters])
    both = Page(
        None, (2 * height, width), np.concatenate([page.quads, below.quads]), [*page.texts, *below.texts],
        lines=[*page.lines, *(below.lines + page.lines.max() + 1)], characters=[*page.characters, *below.characters],
    )  # fmt: skip
    matches, _ = match_page(both, [template_of(tax_invoice()), leave_template()])
    assert [round(float(match.placement.matrix[1, 2] / height), 2) for match in matches] == [0, 1]
    assert not (matches[0].used & matches[1].used).any()


def test_another_form_is_refused_with_a_reason():
    page, _ = page_of(resume(), {"name": "나누리"})
    matches, refused = match_page(page, [leave_template(), template_of(tax_invoice())])
    assert not matches and {one.template.name for one in refused} == {"휴가신청서", "세금계산서"}
    assert all(one.why.endswith(".") for one in refused)


def test_a_form_is_found_among_many_that_have_its_labels_elsewhere():
    template, rng = leave_template(), np.random.default_rng(0)
    sheet, decoys = template.pages[0], []
    for number in range(12):
        places = rng.permutation(len(sheet.anchors))
        anchors = tuple(label._replace(quad=sheet.anchors[place].quad) for label, place in zip(sheet.anchors, places, strict=True))
        decoys.append(template._replace(name=f"decoy {number}", pages=(sheet._replace(anchors=anchors),)))
    (match,), _ = match_page(filled_leave()[0], [*decoys, template])
    assert match.template.name == "휴가신청서"
    assert match_page(filled_leave()[0], decoys)[0] == []


def test_a_mirrored_or_squeezed_form_is_refused():
    page, image = filled_leave()
    for matrix in (np.diag([0.5, 1.0, 1.0]), np.array([[-1, 0, 827.0], [0, 1, 0], [0, 0, 1]])):
        matches, refused = match_page(move(page, image, matrix)[0], [leave_template()])
        assert not matches and refused


def test_an_empty_page_and_no_templates_match_nothing():
    empty = Page(None, (40, 60), np.zeros((0, 4, 2)), [])
    matches, refused = match_page(empty, [leave_template()])
    assert matches == [] and [one.inliers for one in refused] == [0]
    assert match_page(filled_leave()[0], []) == ([], [])
    assert VALUES["name"] in filled_leave()[0].text
    point = Page(None, (40, 60), np.zeros((3, 4, 2)), ["소속", "직급", None])
    assert match_page(point, [leave_template()])[0] == []
