"""Pictures: bytes from outside made into clean copies and thumbnails, and where those are kept."""
