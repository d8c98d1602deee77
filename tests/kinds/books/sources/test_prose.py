from __future__ import annotations

import pytest

from completist.kinds.books.sources.prose import plain_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no markup, 1 < 2 & so on", "no markup, 1 < 2 & so on"),
        ("<p>One.</p><p>Two &amp; three.</p>", "One.\n\nTwo & three."),
        ("<div>a<br/>b<ul><li>c</li></ul></div>", "a\nb\n\nc"),
        ("<script>alert('x')</script><b onclick='x'>bold</b>", "bold"),
        ("<p> </p>", None),
        ("", None),
    ],
)
def test_plain_text(text: str, expected: str | None) -> None:
    assert plain_text(text) == expected
