from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.training import quantise


def test_each_preset_is_told_with_its_size(tmp_path, monkeypatch):
    seen = []

    def pretend(preset, how, fonts):
        seen.append((preset, how, fonts))
        (tmp_path / "maps.tflite").write_bytes(b"0" * 200_000)
        return tmp_path

    monkeypatch.setattr(quantise, "quantise_preset", pretend)
    done = CliRunner().invoke(cli.app, ["quantise", "a", "b", "--as", "dynamic", "--fonts", str(tmp_path)])
    assert done.exit_code == 0 and done.output == f"{tmp_path}: 0.2 MB\n" * 2
    assert seen == [("a", "dynamic", [tmp_path]), ("b", "dynamic", [tmp_path])]


def test_an_unknown_preset_names_the_known_ones():
    done = CliRunner().invoke(cli.app, ["quantise", "nowhere"])
    assert done.exit_code == 1 and "Received: 'nowhere'. Known names: " in done.stderr
