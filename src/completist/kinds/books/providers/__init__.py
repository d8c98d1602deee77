"""Providers of books: adapters that ask an outside source and hand its records on as candidates."""
