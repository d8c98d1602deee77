"""Flashcards: how useful those are that rules make, and how fast commits are read."""
