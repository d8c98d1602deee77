"""Open Library asked live: what it says of books, in the voice of the catalogue made of its dump."""
