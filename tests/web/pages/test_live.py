"""What is sent of a page that changes: all of it at first, then what has changed, of a table the rows alone."""

from __future__ import annotations

from tests.support.repositories import Repo
from tests.support.sites import Site

from completist.app.cards import Selector
from completist.engine.admitting import Caller
from completist.web.access import Visit
from completist.web.pages import commits, frame
from completist.web.pages.frame import Where
from completist.web.pages.live import Part, message
from completist.web.pages.wording import tongue


def table(*rows: tuple[int, str], head: str = "two") -> Part:
    told = "".join(f'<tr id="row-{n}" class="{said}"><td>{said}</td></tr>' for n, said in rows)
    return Part(f'<div id="live-table"><p>{head}</p><table><tbody>{told}</tbody></table></div>')


def test_all_is_sent_at_first_and_nothing_when_nothing_changed() -> None:
    part = table((1, "new"), (2, "new"))
    assert part.since(None, "live_table") == {"live-table": part.html}
    assert table((1, "new"), (2, "new")).since(part, "live_table") == {}


def test_of_a_table_only_rows_that_changed_are_sent() -> None:
    before = table((1, "new"), (2, "new"), (3, "new"))
    changed = table((1, "new"), (2, "done"), (3, "new")).since(before, "live_table")
    assert changed == {"row-2": '<tr id="row-2" class="done"><td>done</td></tr>'}
    assert 'hx-target="#row-2"' in message(changed)


def test_rows_that_came_went_or_moved_and_all_around_them_are_sent_with_their_table() -> None:
    before = table((1, "new"), (2, "new"))
    for now in (table((1, "new")), table((2, "new"), (1, "new")), table((1, "new"), (2, "new"), head="2")):
        assert now.since(before, "live_table") == {"live-table": now.html}


def drawn(visit: Visit) -> dict[str, Part]:
    """The parts of the page of commits as they are now."""
    parts = frame.parts(visit, commits.look, Where("/commits", {}), tongue("en"))
    return {name: Part(html) for name, html in parts.items()}


def test_a_commit_that_was_processed_costs_one_row(desk: Site, notes: Repo) -> None:
    for number in range(58):
        notes.save(f"more {number}", {f"{number}.md": f"Q: What is {number}?\nA: A number.\n"})
    cards = desk.app.cards
    cards.shelf.sync(cards.shelf.named("notes"))
    visit = Visit(Caller(desk.app.library_id, "admin", "local"), desk.app, lambda: True)
    before = drawn(visit)
    view, _, _ = cards.reprocess(Selector(commit_ids=(notes.git("rev-parse", "HEAD"),)))
    cards.work_off(view.job.id)
    after = drawn(visit)
    name = "live_commits"
    changed = after[name].since(before[name], name)
    assert len(changed) == 1
    assert "Processed" in next(iter(changed.values()))
    assert len(message(changed)) < len(after[name].html) / 20
