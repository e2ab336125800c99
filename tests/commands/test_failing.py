import pytest
import typer

from ocr_crnn.commands.failing import fail


def test_it_says_why_and_leaves_with_1(capsys):
    with pytest.raises(typer.Exit) as leaving:
        fail("나쁜 파일\x1b[2J")
    assert leaving.value.exit_code == 1
    assert capsys.readouterr() == ("", "ocr-crnn: 나쁜 파일\\x1b[2J\n")
