"""Parsing: from the diff of a commit, and the files it touches, to blocks."""
