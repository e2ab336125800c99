"""`ocr-crnn read --ray`, and reading from and to object stores: tasks, who does them, and what is kept of what is done."""
