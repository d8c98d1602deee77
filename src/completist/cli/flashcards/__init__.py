"""The verbs of flashcards: repositories, commits and cards."""
