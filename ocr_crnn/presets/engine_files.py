"""The LiteRT files of a preset, which are read without TensorFlow: their record in config.json, and writing them beside the weights.

    "engine": {"version": 1, "files": {"maps": "maps.tflite"}, …}   what each file is called, and what its caller has to know
"""

from ocr_crnn.presets import PresetError, extend_preset, preset_file
from ocr_crnn.untrusted.plain import DamagedFileError, read_plain

VERSION = 1  # of the signatures of the files and of the record
MOST_BYTES = 1 << 28
REMAKE = "Write them anew, where TensorFlow is installed: ocr-crnn quantise"


class LiteRTError(RuntimeError):
    """The converter, the interpreter or a file is not there or does not fit; the message says what to do."""


def write_engine_files(folder, files, record, card):
    """Add `{name: bytes}` as `name.tflite` and their record to the preset in a folder; `card` is a section of its model card."""
    record = {"version": VERSION, "files": {name: f"{name}.tflite" for name in files}, **record}
    return extend_preset(folder, {"engine": record}, {f"{name}.tflite": contents for name, contents in files.items()}, card)


def read_engine_files(folder, config):
    """`({name: bytes}, record)` of a preset that `read_preset` has checked. Raises LiteRTError for none, or those of another version."""
    record = config.get("engine")
    if record is None:
        raise LiteRTError(f"Reading without TensorFlow takes a preset with LiteRT files. Received: {folder} without. {REMAKE} {folder}")
    if not isinstance(record, dict) or record.get("version") != VERSION:
        version = record.get("version") if isinstance(record, dict) else record
        raise LiteRTError(f"LiteRT files are of version {VERSION}. Received: {folder}, version {repr(version)[:40]}. {REMAKE} {folder}")
    files = record.get("files")
    if not isinstance(files, dict) or not files:
        raise PresetError(f"A record of LiteRT files names them. Received: {folder}, files {str(files)[:80]}. {REMAKE} {folder}")
    try:
        return {name: read_plain(preset_file(folder, config, file), MOST_BYTES) for name, file in files.items()}, record
    except (PresetError, DamagedFileError) as error:
        raise PresetError(f"{error} {REMAKE} {folder}") from None
