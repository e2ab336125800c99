"""Whole pages: layouts of many kinds in points, rendered with their truth."""
