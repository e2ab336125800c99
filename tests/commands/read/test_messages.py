from string import Formatter

import pytest

from ocr_crnn.commands.read.messages import MESSAGES, say, speaks_korean


@pytest.mark.parametrize("key", MESSAGES)
def test_both_languages_say_the_same_things(key):
    korean, english = ({field for _, field, _, _ in Formatter().parse(text) if field} for text in MESSAGES[key])
    assert korean == english


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "ko_KR.UTF-8"}, True),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "ko"}, True),
        ({"LANG": "C"}, False),
    ],
)
def test_the_language_of_the_system(monkeypatch, variables, expected):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert speaks_korean() == expected
    assert say("failed here", count=1200) == ("실패 1,200건" if expected else "1,200 failed")
