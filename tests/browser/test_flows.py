"""What a person does in the browser, by mouse and by keyboard, and what the library says then."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from tests.support import stages
from tests.support.browsers import DESKTOP, PHONE, tab
from tests.support.stages import shown

from completist.app import App
from completist.domain.fields import Origin


def _number(text: str | None) -> int:
    found = re.search(r"[\d,]+", text or "")
    assert found is not None
    return int(found[0].replace(",", ""))


def test_a_new_library_goes_from_a_file_to_its_gaps(browser: Browser, tmp_path: Path) -> None:
    with stages.opened(tmp_path) as app, shown(app, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/")
        assert sheet.violations() == []
        page.locator("#file").set_input_files(stages.EXPORT)
        page.wait_for_url("**/imports?new=1")
        expect(page.locator("#live-counted")).to_contain_text("271 books", timeout=20_000)
        expect(page.locator("#live-doings")).to_contain_text("271 added")
        lacking = app.gaps()[1]["book"]["description"]
        assert _number(page.locator("#live-counted .chip", has_text="description").text_content()) == lacking
        page.locator("#live-records summary").click()
        expect(page.locator("#live-records table")).to_be_visible()
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download A table (CSV)").click()
        with Path(coming.value.path()).open(encoding="utf-8", newline="") as file:
            assert len(list(csv.reader(file))) == 272
        page.get_by_role("button", name="Take back").click()
        expect(page.locator("#told")).to_contain_text("Items removed: 271")
        assert sheet.complaints == []


def test_a_file_is_only_looked_at_or_read_as_another_format(browser: Browser, tmp_path: Path) -> None:
    with stages.opened(tmp_path) as app, shown(app, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/imports")
        page.get_by_text("Read as another format").press("Enter")
        page.get_by_label("Only tell what would happen").press("Space")
        assert sheet.violations() == []
        page.locator("#file").set_input_files(stages.EXPORT)
        doings = page.locator("#live-doings")
        expect(doings).to_contain_text("Nothing was written. It would be: 271 added", timeout=20_000)
        assert not app.gaps()[0]
        assert sheet.violations() == []
        page.get_by_text("Read as another format").press("Enter")
        page.get_by_label("Format").select_option("isbn-list")
        page.locator("#file").set_input_files(stages.EXPORT)
        expect(doings.locator("section").first.locator(".alert, .sec")).to_be_visible()
        assert [each.form for each in app.intake.of(app.library_id)] == ["isbn-list", None]
        assert sheet.complaints == []


def test_what_is_no_list_is_refused_in_words(browser: Browser, tmp_path: Path) -> None:
    odd = tmp_path / "odd.bin"
    odd.write_bytes(bytes(range(256)) * 40)
    with (
        stages.opened(tmp_path / "library") as app,
        shown(app, worker=False) as url,
        tab(browser, url) as sheet,
    ):
        page = sheet.go("/imports")
        page.locator("#file").set_input_files(odd)
        expect(page.locator("#live-doings")).to_contain_text("odd.bin", timeout=15_000)
        expect(page.locator("#live-doings .alert")).to_be_visible()
        assert not app.gaps()[0]


def test_review_by_keyboard_alone(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        before = lived_in.waiting()
        first, second, third = [each.id for each in lived_in.proposals()][:3]
        page = sheet.go("/review")
        _press(page, "a", f"**/review/{second}?last={first}")
        assert lived_in.proposal(first).state == "accepted"
        _press(page, "u", f"**/review/{first}")
        assert lived_in.proposal(first).state == "pending"
        _press(page, "r", f"**/review/{second}?last={first}")
        assert lived_in.proposal(first).state == "rejected"
        _press(page, "s", f"**/review/{third}")
        assert lived_in.waiting() == before - 1
        page.keyboard.press("/")
        page.keyboard.type("arr")
        expect(page.locator("#q")).to_have_value("arr")
        assert lived_in.waiting() == before - 1
        assert sheet.complaints == []


def _press(page: Page, key: str, to: str) -> None:
    page.keyboard.press(key)
    page.wait_for_url(to)
    page.locator("html[data-line]").wait_for(state="attached")


def test_accepting_all_that_are_sure_enough_takes_as_many_as_the_button_says(
    browser: Browser, lived_in: App
) -> None:
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/review")
        page.get_by_text("Accept all that are sure enough…").click()
        page.locator("#at-least").fill("60")
        number = _number(page.locator("#sweep-do").text_content())
        assert number == sum(each.confidence >= 0.6 for each in lived_in.proposals())
        before = lived_in.waiting()
        page.locator("#sweep-do").click()
        expect(page.locator("#told")).to_contain_text(f"Accepted: {number}.")
        assert lived_in.waiting() == before - number


def test_what_is_typed_is_locked_and_taken_back(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        item = next(view.id for view in lived_in.items("book") if "pages" in view.gaps)
        page = sheet.go(f"/items/{item}")
        page.get_by_role("link", name=re.compile("Type it ?: Pages")).click()
        expect(page.locator("#value-pages")).to_be_focused()
        page.keyboard.type("lots")
        page.keyboard.press("Enter")
        expect(page.locator("#told")).to_contain_text("takes a whole number")
        page.locator("#value-pages").fill("321")
        page.keyboard.press("Enter")
        expect(page.locator("#row-pages")).to_contain_text("321")
        value = lived_in.show(item).values["pages"]
        assert (value.data, value.origin) == (321, Origin.USER)
        expect(page.locator("#row-pages button[aria-pressed=true]")).to_be_visible()
        page.locator(".tl button").first.click()
        expect(page.locator("#row-pages")).to_contain_text("Missing")
        assert "pages" in lived_in.show(item).gaps
        assert sheet.complaints == []


def test_what_is_chosen_is_what_a_job_is_about(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/library?kind=book&missing=cover")
        chip = page.locator("#chip-cover")
        assert _number(chip.text_content()) == lived_in.gaps()[1]["book"]["cover"]
        page.locator("[data-row]").first.focus()
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.locator("#picked")).to_have_text("2 chosen")
        page.get_by_role("button", name="Fill gaps…").click()
        page.get_by_role("button", name="Ask again about 2").click()
        expect(page.locator("#told")).to_contain_text("Queued")
        (job, *_) = lived_in.ledger.jobs(limit=1)
        assert job.job.total == 2
        sheet.go("/library?kind=book&missing=cover")
        page.locator(".pick").first.check(force=True)
        page.locator("#pick-matching").click()
        page.get_by_role("button", name="Lock…").click()
        button = page.get_by_role("button", name=re.compile("^Lock [0-9]"))
        number = _number(button.text_content())
        button.click()
        expect(page.locator("#told")).to_contain_text(f"Fields locked: {number:,}.")
        assert sheet.complaints == []


def test_a_job_under_conditions_is_counted_while_they_are_typed(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/jobs")
        page.get_by_role("link", name="New job…").click()
        expect(page.locator("#ask-do")).to_have_text("Nothing to look up")
        page.get_by_label("Also do again what is done").check()
        expect(page.locator("#ask-do")).to_contain_text("Look")
        page.locator("#ask").get_by_label("Cover").check()
        expect(page).to_have_url(re.compile("missing=cover"))
        score = page.get_by_label("Only items less complete than")
        score.focus()
        score.press_sequentially("60", delay=40)
        expect(page).to_have_url(re.compile("score_below=60"))
        expect(page.locator("#ask-do")).to_be_enabled()
        expect(score).to_be_focused()
        expect(score).to_have_value("60")
        counted = _number(page.locator("#ask-do").text_content())
        assert sheet.violations() == []
        page.locator("#ask-do").click()
        expect(page.locator("#d-h")).to_contain_text("missing cover, less than 60 % complete")
        made = lived_in.ledger.jobs(limit=1)[0]
        assert made.job.total == counted > 0
        assert made.job.options["force"]
        assert made.job.selection == {"filter": {"missing": "cover", "score_below": 60}}
        assert sheet.refused() == []
        assert sheet.complaints == []


def test_a_look_up_is_taken_back_as_it_was_shown_and_what_was_typed_stays(
    browser: Browser, lived_in: App
) -> None:
    typed = lived_in.show(1).data["description"]
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/items/1")
        page.get_by_role("button", name="Take back what book-metadata wrote…").focus()
        page.keyboard.press("Enter")
        button = page.locator("#undo-do")
        expect(button).to_be_visible()
        counted = _number(button.text_content())
        for scheme, size in (("light", DESKTOP), ("dark", PHONE)):
            sheet.turn(size, scheme)
            assert sheet.violations() == []
            assert sheet.overflow() <= 0
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#told")).to_contain_text(f"Values taken back: {counted}.")
        expect(page.locator("#row-description")).to_contain_text("You")
        assert lived_in.show(1).data["description"] == typed
        assert sheet.refused() == []
        assert sheet.complaints == []


def test_single_keys_can_be_turned_off(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        before = lived_in.waiting()
        page = sheet.go("/review")
        page.keyboard.press("?")
        page.locator("#single-keys").uncheck()
        page.keyboard.press("Escape")
        for key in ("a", "r", "/"):
            page.keyboard.press(key)
        sheet.go("/review")
        page.keyboard.press("a")
        expect(page.locator("#q")).not_to_be_focused()
        assert lived_in.waiting() == before


def test_tab_goes_through_a_page_in_order_and_is_seen(browser: Browser, looked_at: str) -> None:
    with tab(browser, looked_at, still=False) as sheet:
        for path in ("/", "/library", "/review", "/settings"):
            page = sheet.go(path)
            for stop in range(28):
                page.keyboard.press("Tab")
                found = sheet.focus()
                if found is None:
                    break
                assert found["shown"], found
                if stop == 0:
                    assert "skip" in found["name"]


def test_logging_in_by_a_link_and_out_again(browser: Browser, lived_in: App) -> None:
    lived_in.access.add_account("Anna", "admin")
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/library")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert sheet.violations() == []
        sheet.go(f"/login?token={lived_in.access.login_token('Anna')}")
        assert sheet.violations() == []
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        expect(page.locator("#live-hero")).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
