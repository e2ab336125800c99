"""Documents: from files to Pages, and the stages Page → Page that fill one column each."""
