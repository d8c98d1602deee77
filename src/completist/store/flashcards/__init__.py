"""Flashcards in the database: repositories, lineages of blocks, cards, and what sinks were given."""
