"""`python -m ocr_crnn` is the command line."""

from ocr_crnn.cli import main

main()
