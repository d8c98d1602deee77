"""ISBNdb."""
