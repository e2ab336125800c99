"""The command line, a file a command; they are listed in ocr_crnn/cli.py. Only here is printed, left, forked and silenced."""
