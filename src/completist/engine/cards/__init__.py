"""Flashcards: repositories are read, their commits worked off in three stages, and cards reviewed and delivered."""
