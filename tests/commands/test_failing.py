import pytest
import typer

from ocr_crnn.commands.failing import fail


def test_it_says_why_and_leaves_with_1(capsys):
    with pytest.raises(typer.Exit) as leaving:
        fail("나쁜 파일\x1b[2J")
    assert leaving.value.exit_code == 1
    assert capsys.readouterr() == ("", "ocr-crnn: 나쁜 파일\\x1b[2J\n")


def test_what_the_system_says_is_told_what_it_is_about(tmp_path, capsys):
    try:
        tmp_path.mkdir()
    except OSError as error:
        with pytest.raises(typer.Exit):
            fail(error)
    assert f"find their place. Received: [Errno 17] File exists: '{tmp_path}'. Correct" in capsys.readouterr().err
