"""Secrets: blocks that never leave this machine, for they may hold a key or a password."""

from __future__ import annotations

import math
import re
from collections import Counter

_KNOWN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\bxox[abpr]-[A-Za-z0-9-]{10,}|\bAIza[0-9A-Za-z_-]{35}|\beyJ[A-Za-z0-9_-]{10,}\.eyJ"
    r"|\b(?:password|passwd|secret|token|api[_-]?key)\s*[:=]\s*['\"]?[^\s'\"]{8,}",
    re.IGNORECASE,
)
_LONG = re.compile(r"(?<![\w/.-])[A-Za-z0-9+/=_-]{32,}(?![\w/.-])")

#: Bits per letter from which on a long word is taken for a key.
DENSE = 4.2


def holds_secret(text: str) -> bool:
    """Whether a text may hold a secret; rather once too often."""
    return _KNOWN.search(text) is not None or any(_entropy(word) > DENSE for word in _LONG.findall(text))


def _entropy(word: str) -> float:
    counts = Counter(word)
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
