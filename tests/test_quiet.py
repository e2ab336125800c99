"""The standard error of the process, silenced for a while: asked in a process of its own."""

import os
import subprocess
import sys

SCRIPT = """
import os, sys
from ocr_crnn.quiet import quiet_stderr

print("before", file=sys.stderr)
try:
    with quiet_stderr():
        print("python", file=sys.stderr)
        os.write(2, b"as C++ does")
        raise KeyError("an error")
except KeyError as error:
    print(error, file=sys.stderr)
"""


def test_what_is_written_meanwhile_is_dropped_and_errors_are_not():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr.split() == ["before", "'an", "error'"]


def test_tensorflow_starts_without_a_word():
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    code = "import sys; from ocr_crnn.quiet import start_tensorflow; start_tensorflow(); print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_pillow_says_nothing_where_the_process_is_ours():
    code = "import warnings; from ocr_crnn.quiet import quiet_pillow; quiet_pillow()\nfor name in ('PIL.Tiff', 'else'): "
    code += "warnings.warn_explicit(name, UserWarning, '', 1, module=name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "else" in done.stderr and "PIL" not in done.stderr
