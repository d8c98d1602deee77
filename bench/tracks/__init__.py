"""Tracks: adding, searching, embedding, and how well what is meant is found."""
