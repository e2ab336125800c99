"""One module a kind of readers. What is slow to import, a target's functions import."""
