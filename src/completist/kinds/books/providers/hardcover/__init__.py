"""Hardcover: its own ids of books, and what it says of them besides."""
