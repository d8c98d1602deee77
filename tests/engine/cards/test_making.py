"""From commits to cards: lineages over edits, renames and moves, re-runs stage by stage, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import event
from tests.engine.cards.conftest import Desk

from completist.app.cards import Selector, selector_of
from completist.domain.errors import ActionRequired, BadInput, NotFound
from completist.engine.cards import repositories
from completist.engine.duties import Duties
from completist.kinds.commits.maker import GitCards
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.store.flashcards import locks

QA = "Q: {}?\nA: {}\n\n"
THEOREM = "\\begin{{theorem}}[{}]\\label{{{}}}\n{}\n\\end{{theorem}}\n"


def qa(*pairs: tuple[str, str]) -> str:
    return "# Notes\n\n" + "".join(QA.format(*pair) for pair in pairs)


def test_an_edit_updates_the_card_and_makes_no_second_one(desk: Desk) -> None:
    desk.repo.save("one", {"a.md": qa(("What is entropy", "A measure of disorder."))})
    desk.work()
    desk.accept_all()
    before = desk.card("entropy")
    desk.repo.save("two", {"a.md": qa(("What is entropy", "The logarithm of the number of states."))})
    worked = desk.work()
    after = desk.card("entropy")
    assert (worked.made.count.added, worked.made.count.changed) == (0, 1)
    assert (after.uid, after.state.value) == (before.uid, "accepted")
    assert "logarithm" in after.fields["back"]
    assert after.modified > before.modified


def test_a_reworded_question_is_the_same_card(desk: Desk) -> None:
    answer = "It is the work needed per unit of charge to move a test charge between two points."
    desk.repo.save("one", {"a.md": qa(("What is voltage", answer))})
    desk.work()
    before = desk.card("voltage")
    desk.repo.save("two", {"a.md": qa(("How is the voltage defined", answer))})
    desk.work()
    assert desk.card("voltage").uid == before.uid


def test_a_rename_a_move_and_an_edit_keep_their_cards(desk: Desk) -> None:
    text = qa(("What is osmosis", "Diffusion of water."), ("What is a ribosome", "It makes proteins."))
    desk.repo.save("one", {"a.md": text, "b.md": "# Other\n\nNothing.\n"})
    desk.work()
    uids = {card.uid for card in desk.cards()}
    (desk.repo.path / "biology").mkdir()
    desk.repo.git("mv", "a.md", "biology/cells.md")
    desk.repo.save("rename and edit", {"biology/cells.md": text.replace("water", "a solvent")})
    desk.repo.save(
        "move one to another file",
        {
            "biology/cells.md": qa(("What is osmosis", "Diffusion of a solvent.")),
            "b.md": qa(("What is a ribosome", "It makes proteins.")),
        },
    )
    desk.work()
    assert {card.uid for card in desk.cards("pending")} == uids
    assert desk.card("osmosis").place.startswith("biology/cells.md:")
    assert "solvent" in desk.card("osmosis").fields["back"]
    assert desk.card("ribosome").place.startswith("b.md:")


def test_what_is_taken_away_is_retired_and_comes_back(desk: Desk) -> None:
    both = qa(("What is a monad", "A monoid in a category."), ("What is a functor", "A map of categories."))
    desk.repo.save("one", {"a.md": both})
    desk.work()
    desk.accept_all()
    uid = desk.card("monad").uid
    desk.repo.save("two", {"a.md": qa(("What is a functor", "A map of categories."))})
    desk.work()
    assert desk.card("monad").state.value == "retired"
    desk.repo.save("three", {"a.md": both})
    desk.work()
    assert (desk.card("monad").uid, desk.card("monad").state.value) == (uid, "accepted")
    desk.repo.save("four", {"a.md": None})
    desk.work()
    assert desk.fronts("accepted") == []


def test_an_authors_own_id_wins_over_everything(desk: Desk) -> None:
    desk.repo.save("one", {"a.md": "Q: What is x?\nA: One. <!-- card-id: k1 -->\n"})
    desk.work()
    uid = desk.card("What is x").uid
    desk.repo.save(
        "two", {"a.md": None, "z.md": "Q: Something else entirely?\nA: Two. <!-- card-id: k1 -->\n"}
    )
    desk.work()
    assert desk.card("Something else").uid == uid
    assert "card-id" not in str(desk.card("Something else").fields)


def test_merges_reverts_and_generated_files_are_left_out_with_a_reason(desk: Desk) -> None:
    first = desk.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    desk.repo.git("checkout", "-q", "-b", "side", first)
    side = desk.repo.save("side", {"b.md": qa(("What is two", "The second number."))})
    desk.repo.git("checkout", "-q", "main")
    desk.repo.save("main", {"c.md": qa(("What is three", "The third number."))})
    desk.repo.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    merge = desk.repo.git("rev-parse", "HEAD")
    lock = desk.repo.save("lock", {"package-lock.json": "{}\n", "vendor/a.md": qa(("Not mine", "x"))})
    desk.repo.git("revert", "--no-edit", side)
    revert = desk.repo.git("rev-parse", "HEAD")
    desk.work()
    found = {view.sha: view.left_out for view in desk.app.cards.commits()}
    assert found == found | {merge: "merge", lock: "generated", revert: "revert", first: None, side: None}
    assert {"What is one?", "What is two?", "What is three?"} <= set(desk.fronts())


def test_statuses_go_from_new_over_processed_to_needs_rerun(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = desk.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    shelf = desk.app.cards.shelf
    shelf.add(str(desk.repo.path))
    desk.registered = True
    status = desk.app.cards.statuses

    def of(one: str) -> str | None:
        view = status([one])[one]
        return None if view is None else view.status

    assert (of(sha), of(sha[:9]), of("0123456789")) == ("new", "new", None)
    desk.work()
    assert of(sha) == "processed"
    _bump(monkeypatch, render="render-2")
    assert of(sha) == "needs_rerun"


def _bump(monkeypatch: pytest.MonkeyPatch, **stages: str) -> None:
    """Another version of the program."""
    plugin, maker = repositories.maker_named()
    assert isinstance(maker, GitCards)
    newer = replace(maker.stages, **stages)
    later = replace(maker, stages=newer, pipeline=replace(maker.pipeline, version=newer.version))
    changed: KindPlugin = replace(plugin, makers=(later,))
    held = {**registry.plugins(), "commit": changed}
    monkeypatch.setattr(registry, "plugins", lambda: held)


def test_a_new_rendering_reads_nothing_and_drafts_nothing(
    lone: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lone.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    lone.work()
    lone.accept_all()
    before = lone.card("one")
    _bump(monkeypatch, render="render-2")
    monkeypatch.setattr(GitCards, "history", None)  # to read would break it
    monkeypatch.setattr(GitCards, "draft", None)
    original = GitCards.render
    monkeypatch.setattr(
        GitCards, "render", lambda self, d: {k: f"<i>{v}</i>" for k, v in original(self, d).items()}
    )
    worked = lone.work()
    after = lone.card("one")
    assert (worked.made.parsed, worked.made.count.changed, worked.report.failed) == (0, 1, 0)
    assert after.fields["front"] == "<i>What is one?</i>"
    assert (after.uid, after.pipeline) == (before.uid, "parser-1/cards-1/render-2")


def test_new_rules_draft_anew_without_reading(lone: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lone.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    lone.work()
    uid = lone.card("one").uid
    _bump(monkeypatch, cards="cards-2")
    monkeypatch.setattr(GitCards, "history", None)
    worked = lone.work()
    assert (worked.made.parsed, worked.report.failed, lone.card("one").uid) == (0, 0, uid)


def test_a_new_parser_reads_all_and_keeps_every_card(lone: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lone.repo.save(
        "one",
        {"a.md": qa(("What is one", "The first number.")), "b.tex": THEOREM.format("Zorn", "z", "Chains.")},
    )
    lone.repo.save(
        "two, because one has to be followed by something in any case",
        {"a.md": qa(("What is one", "A number."))},
    )
    lone.work()
    uids = {card.uid for card in lone.cards("pending")}
    _bump(monkeypatch, parser="parser-2")
    worked = lone.work()
    assert worked.made.parsed == 2
    assert {card.uid for card in lone.cards("pending")} == uids


def test_only_what_is_new_is_read(lone: Desk) -> None:
    lone.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    lone.work()
    lone.repo.save("two", {"b.md": qa(("What is two", "The second number."))})
    assert lone.work().made.parsed == 1


def test_doing_older_commits_again_takes_nothing_back(lone: Desk) -> None:
    first = lone.repo.save("one", {"a.md": qa(("What is entropy", "Old answer here."))})
    lone.repo.save("two", {"a.md": qa(("What is entropy", "New answer here."))})
    lone.work()
    lone.work(force=True, commit_ids=(first,))
    assert "New" in lone.card("entropy").fields["back"]


def test_why_and_code_make_cards(lone: Desk) -> None:
    lone.repo.save(
        "Keep the lock while settling\n\nThe lock is held until the end because a second worker would otherwise write "
        "the same cards twice.",
        {
            "src/locks.py": 'def hold(name):\n    """Let nobody else into this part until the block ends."""\n',
            "src/app.ts": "/** Tells whether two users share one account. */\nexport function same(a: A, b: A) {}\n",
        },
    )
    lone.work()
    assert lone.fronts() == [
        "What does `hold` do in `locks.py`?",
        "What does `same` do in `app.ts`?",
        "Why was this done: keep the lock while settling?",
    ]


@pytest.mark.parametrize(
    ("selected", "count"),
    [
        ({"since": "2023-11-16"}, 2),
        ({"until": "2023-11-15"}, 2),
        ({"repository": "notes"}, 4),
    ],
)
def test_commits_are_selected_by_days_and_repository(
    lone: Desk, selected: dict[str, str], count: int
) -> None:
    for number in range(4):
        lone.repo.save(
            f"n {number}", {f"{number}.md": qa((f"What is {number} squared", "Itself times itself."))}
        )
    lone.app.cards.shelf.add(str(lone.repo.path))
    days = {name: said for name, said in selected.items() if name != "repository"}
    chosen = selector_of({"date_range": days, "repository": selected.get("repository")})
    assert lone.app.cards.reprocess(chosen)[0].job.total == count


def test_commits_are_selected_by_range_and_paths(lone: Desk) -> None:
    shas = [
        lone.repo.save(f"n {n}", {f"d{n % 2}/{n}.md": qa((f"What is {n} squared", "Itself times itself."))})
        for n in range(4)
    ]
    lone.work()
    lone.dev_mode()
    ranged = lone.app.cards.reprocess(Selector(first=shas[1], last=shas[2]), force=True)[0]
    assert ranged.job.total == 2
    assert lone.app.cards.reprocess(Selector(paths=("d1/*",)), force=True)[0].job.total == 2
    with pytest.raises(NotFound):
        lone.app.cards.reprocess(Selector(commit_ids=("0123456789",)))
    with pytest.raises(BadInput, match="ends before"):
        lone.app.cards.reprocess(Selector(first=shas[2], last=shas[1]))


def test_a_repository_that_somebody_works_on_is_left_alone_and_named(desk: Desk) -> None:
    sha = desk.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    shelf = desk.app.cards.shelf
    shelf.add(str(desk.repo.path))
    repository = shelf.named("notes")
    desk.dev_mode()
    other, _, _ = desk.app.cards.reprocess(Selector(commit_ids=(sha,)))
    with locks.repository_lock(
        desk.app.database, repository.id, "elsewhere#1", other.job.id, desk.app.now
    ) as held:
        assert held is not None
        job, _, active = desk.app.cards.reprocess(Selector(commit_ids=(sha,)), force=True)
        worked = desk.app.cards.work_off(job.job.id)
        assert active == other.job.id
        assert worked.report.filled == 0
        (listed,) = desk.app.cards.repositories()
        assert listed[2] is not None
        assert listed[2].job_id == other.job.id
        with locks.repository_lock(desk.app.database, repository.id, "third#2", None, desk.app.now) as second:
            assert second is None
    with locks.repository_lock(desk.app.database, repository.id, "fourth#3", None, desk.app.now) as free:
        assert free is not None


def test_the_same_request_is_the_same_job_and_force_is_always_another(desk: Desk) -> None:
    sha = desk.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    desk.app.cards.shelf.add(str(desk.repo.path))
    desk.dev_mode()
    chosen = Selector(commit_ids=(sha,))
    one, new, _ = desk.app.cards.reprocess(chosen)
    again, second, _ = desk.app.cards.reprocess(chosen)
    assert (new, second, again.job.id) == (True, False, one.job.id)
    forced = {desk.app.cards.reprocess(chosen, force=True)[0].job.id for _ in range(2)}
    assert len(forced | {one.job.id}) == 3


def test_forcing_belongs_to_dev_mode_whoever_asks(lone: Desk) -> None:
    sha = lone.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    lone.work()
    with pytest.raises(ActionRequired, match="dev mode") as refused:
        lone.app.cards.reprocess(Selector(commit_ids=(sha,)), force=True)
    assert refused.value.code == "dev_mode_off"
    with pytest.raises(ActionRequired):
        lone.app.ledger.create_job("commit-cards", {"all": True}, force=True)
    assert len(lone.app.ledger.jobs()) == 1
    lone.dev_mode()
    assert lone.app.cards.reprocess(Selector(commit_ids=(sha,)), force=True)[1]


@pytest.mark.parametrize("way", ["job", "schedule", "forced schedule"])
def test_what_is_old_is_no_way_around_dev_mode(lone: Desk, way: str) -> None:
    lone.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    lone.work()
    old = {"filter": {"older_than": "1h"}}
    ledger = lone.app.ledger

    def ask() -> object:
        match way:
            case "job":
                return ledger.create_job("commit-cards", old)
            case "schedule":
                return ledger.schedule("nightly", "0 3 * * *", "commit-cards", old)
        return ledger.schedule("nightly", "0 3 * * *", "commit-cards", force=True)

    with pytest.raises(ActionRequired) as refused:
        ask()
    assert refused.value.code == "dev_mode_off"
    assert ledger.rerun("commit-cards", "stale", old).job.total == 0  # what is out of date needs none
    lone.dev_mode()
    ask()


def test_a_schedule_that_forces_rests_when_dev_mode_is_off(lone: Desk) -> None:
    lone.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    lone.work()
    lone.dev_mode()
    lone.app.ledger.schedule("nightly", "* * * * *", "commit-cards", force=True)
    before = len(lone.app.ledger.jobs())
    minutes = iter(range(1, 9))
    duties = Duties(lone.app.database, lambda: lone.app.now() + 90_000 * next(minutes), uuid4, "worker")
    lone.app.cards.prefer(dev_mode=False)
    duties.start_scheduled()
    assert len(lone.app.ledger.jobs()) == before
    lone.dev_mode()
    duties.start_scheduled()
    assert len(lone.app.ledger.jobs()) == before + 1


def test_how_many_cards_jobs_made_is_one_look_whatever_their_size(lone: Desk) -> None:
    for number in range(3):
        lone.repo.save(f"n {number}", {f"{number}.md": qa((f"What is {number}", "A number."))})
    lone.work()
    (view,) = lone.app.ledger.jobs()
    statements: list[str] = []

    def note(*told: object) -> None:
        statements.append(str(told[2]))

    event.listen(lone.app.database.engine, "before_cursor_execute", note)
    try:
        assert lone.app.cards.cards_made([view.job.id, 999]) == {view.job.id: 3}
    finally:
        event.remove(lone.app.database.engine, "before_cursor_execute", note)
    assert len([each for each in statements if "SELECT" in each]) == 1


def test_a_log_is_in_the_order_in_which_commits_were_settled_and_goes_on_behind_a_place(lone: Desk) -> None:
    shas = [lone.repo.save(f"n {n}", {f"{n}.md": qa((f"What is {n}", "A number."))}) for n in range(3)]
    lone.work()
    (view,) = lone.app.ledger.jobs()
    first = lone.app.cards.job_log(view.job.id, limit=2)
    rest = lone.app.cards.job_log(view.job.id, after=first[-1].place)
    assert [line.view.sha for line in (*first, *rest)] == shas
    assert {line.state for line in (*first, *rest)} == {"success"}
    assert lone.app.cards.job_log(view.job.id, after=rest[-1].place) == []


def test_a_job_says_what_came_of_each_commit(lone: Desk) -> None:
    good = lone.repo.save("one", {"a.md": qa(("What is one", "The first number."))})
    bad = lone.repo.save("two", {"b.md": qa(("What is two", "The second number."))})
    blob = lone.repo.git("rev-parse", f"{bad}:b.md")
    (lone.repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    lone.work()
    (job,) = lone.app.ledger.jobs()
    told = {
        view.sha: (state, view.status, view.error) for view, state in lone.app.cards.job_commits(job.job.id)
    }
    assert told == {good: ("success", "processed", None), bad: ("failed", "failed", "damaged")}


def test_a_broken_line_in_a_file_takes_no_other_block_along(lone: Desk) -> None:
    lone.repo.save(
        "one",
        {
            "a.tex": "\\begin{definition}[Open]\nNever closed.\n"
            "\\begin{definition}[Closed]A set whose complement is open.\\end{definition}\n",
            "b.md": b"Q: What is \xff?\nA: A byte that is no text.\n".decode("latin-1"),
        },
    )
    assert lone.work().report.failed == 0
    assert "Define: Closed" in lone.fronts()
