"""Versions of a form: told by the labels in which they differ, or both given."""

from filled_form import filled_leave, leave_template, page_of

from ocr_crnn.reading.templates.matching import match_page
from ocr_crnn.reading.templates.versions import MARGIN, evidence
from ocr_crnn.synthesis.page.blank_forms import leave_request

BOTH = [leave_template(1), leave_template(2)]


def test_each_version_is_known_by_what_only_it_has():
    for version in (1, 2):
        for templates in (BOTH, BOTH[::-1]):
            (match,), _ = match_page(filled_leave(version)[0], templates)
            assert match.template.version == version


def test_versions_without_a_difference_are_both_given():
    same = leave_template(1)._replace(version=3, replaces=1)
    matches, _ = match_page(page_of(leave_request())[0], [leave_template(1), same])
    assert [match.template.version for match in matches] == [3, 1]
    assert evidence(*matches) == 0 < MARGIN


def test_a_version_that_is_not_registered_is_refused():
    for version in (1, 2):
        matches, (refused,) = match_page(filled_leave(version)[0], [leave_template(3 - version)])
        assert not matches and refused.why.endswith(("another version, which is not registered.", "have to."))
    (refused,) = match_page(filled_leave(2)[0], [leave_template(1)])[1]
    assert "stand elsewhere on the page" in refused.why
