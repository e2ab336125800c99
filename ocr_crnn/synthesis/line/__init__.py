"""One line of text, rendered as a text detector cuts it out."""
