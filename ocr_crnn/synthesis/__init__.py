"""Rendered Korean text: fonts, text sources, lines, pages and the damage that scanners do. NumPy, Pillow and OpenCV only."""
