"""Rendering: from source text to fields of a note, in which nothing of the repository is markup for Anki."""
