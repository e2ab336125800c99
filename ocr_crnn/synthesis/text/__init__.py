"""What rendered documents say: a corpus, templates of documents, words, and how they are typed."""
