"""Ways out: items of the library as rows that another program reads."""

from completist.kinds.books.writers.goodreads import GoodreadsCsv
from completist.sdk.source import RowWriter

WRITERS: tuple[RowWriter, ...] = (GoodreadsCsv(),)

__all__ = ["WRITERS", "GoodreadsCsv"]
