"""The API of flashcards: repositories, commits, cards, and what other programs call `process`."""
