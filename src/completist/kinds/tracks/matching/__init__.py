"""Matching: whether a record that somebody offers is the track."""
