"""From the image of a page to its text: a spotter finds and reads the characters, stages make words, lines and blocks of them."""
