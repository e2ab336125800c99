"""`ocr-crnn read`: from files to Pages and their formats."""
