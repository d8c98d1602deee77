"""ISBNs as the catalogue files them: by their twelve digits without the check digit.

The check digit is left out of the key because working it out for every record of a dump costs as much as decoding
the record; whoever looks an ISBN up compares it in full (`canonical`).
Rules: ISBN Users' Manual, https://www.isbn-international.org/content/isbn-users-manual/29
"""

from __future__ import annotations

from typing import Final

LENGTH_10, LENGTH_13, LENGTH_SBN = 10, 13, 9
BOOKLAND = 978_000_000_000  #: the first twelve digits of every ISBN-13 lie from here ...
END = 980_000_000_000  #: ... to here; beyond are other articles of trade

_DIGITS: Final = "0123456789X"


def _sums(*weights: int) -> list[int]:
    """The weighted sum of the digits of each number below 1,000."""
    first, second, third = weights
    return [n // 100 * first + n // 10 % 10 * second + n % 10 * third for n in range(1000)]


_ODD, _EVEN = (
    _sums(1, 3, 1),
    _sums(3, 1, 3),
)  #: of three digits of an ISBN-13 that begin at an odd, an even place
_FIRST, _SECOND, _THIRD = _sums(1, 2, 3), _sums(4, 5, 6), _sums(7, 8, 9)  #: of an ISBN-10

_PUNCTUATION = str.maketrans("", "", " -\u00ad\u2010\u2011\u2012\u2013\u2014\u2212")


def pack(text: str) -> int | None:
    """The place of an ISBN in the index, 0 to 2 * 10**9, or None when the text cannot be one.

    The check digit is not looked at; both forms of one ISBN get the same place.
    """
    length = len(text)
    if length == LENGTH_13 and text[:3] == "978" and text.isdecimal():  # as most stand there
        return int(text[3:12])
    if length == LENGTH_10 and text[:9].isdecimal() and text.isalnum():
        return int(text[:9])
    if not text.isalnum():
        text = text.translate(_PUNCTUATION)
    if len(text) == LENGTH_10 and text[:9].isdecimal():
        return int(text[:9])
    if len(text) == LENGTH_13 and text.isdecimal():
        number = int(text[:12])
        return number - BOOKLAND if BOOKLAND <= number < END else None
    if len(text) == LENGTH_SBN and text[:8].isdecimal():
        return int(text[:8])
    return None


def place(plain: str) -> int:
    """The place of a canonical ISBN-13 in the index."""
    return int(plain[: LENGTH_13 - 1]) - BOOKLAND


def canonical(text: str) -> str | None:
    """The ISBN-13 in plain digits, or None when the text is no ISBN or its check digit is wrong.

    Hyphens and spaces are allowed, so are the nine digits of the older SBN.
    """
    if len(text) == LENGTH_13 and text.isascii() and text.isdecimal():
        return text if BOOKLAND <= int(text[:12]) < END and text[12] == check_13(text[:12]) else None
    plain = text.translate(_PUNCTUATION).upper()
    if not plain.isascii():
        return None
    if len(plain) == LENGTH_SBN:
        plain = "0" + plain
    if len(plain) == LENGTH_10:
        return _from_10(plain)
    if len(plain) == LENGTH_13 and plain.isdecimal() and plain[:3] in ("978", "979"):
        return plain if plain[12] == check_13(plain[:12]) else None
    return None


def _from_10(plain: str) -> str | None:
    if not plain[:9].isdecimal() or plain[9] != check_10(plain[:9]):
        return None
    stem = "978" + plain[:9]
    return stem + check_13(stem)


def check_13(stem: str) -> str:
    """The check digit for twelve digits."""
    high, low = divmod(int(stem), 1_000_000)
    total = _ODD[high // 1000] + _EVEN[high % 1000] + _ODD[low // 1000] + _EVEN[low % 1000]
    return _DIGITS[-total % 10]


def check_10(stem: str) -> str:
    """The check digit for nine digits; X stands for ten."""
    high, low = divmod(int(stem), 1_000_000)
    return _DIGITS[(_FIRST[high] + _SECOND[low // 1000] + _THIRD[low % 1000]) % 11]


def is_10(text: str) -> bool:
    """Whether ten characters are an ISBN-10 in plain digits."""
    return text.isascii() and text[:9].isdecimal() and text[9] == check_10(text[:9])


def to_10(isbn13: str) -> str | None:
    """The ISBN-10 of a canonical ISBN-13, or None where there is none (979)."""
    if not isbn13.startswith("978"):
        return None
    return isbn13[3:12] + check_10(isbn13[3:12])
