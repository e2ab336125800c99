"""Pages out: one file a format, `format_*` where the whole fits in memory and `write_*` to a file that appears whole or not at all."""
