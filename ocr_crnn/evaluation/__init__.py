"""Measures of reading and finding text, each with its definition; plots and reports of them."""
