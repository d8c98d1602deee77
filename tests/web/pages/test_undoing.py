"""What a look-up or a job wrote is taken back: as many values as the button says, and nothing of what was typed."""

from __future__ import annotations

import re

from tests.support.shops import Shop, known
from tests.support.sites import Site


def _button(sheet: str) -> int:
    """The number of values on the button."""
    told = re.search(r'id="undo-do".*?Take back ([\d,]+) values?</button>', sheet, re.DOTALL)
    assert told is not None
    return int(told[1].replace(",", ""))


def _kept(sheet: str) -> int:
    """How many values have changed since, as a sheet says."""
    told = re.search(r"([\d,]+) (?:has|have) changed since", sheet)
    return int(told[1].replace(",", "")) if told else 0


def _said(page: str) -> tuple[int, int]:
    told = re.search(r"Values taken back: ([\d,]+)\. .*?Changed since, and left alone: ([\d,]+)\.", page)
    assert told is not None
    return int(told[1].replace(",", "")), int(told[2].replace(",", ""))


def _filled(shop: Shop) -> tuple[int, int]:
    """A job that has filled some books; its id, and one of them."""
    ids = shop.bring(shop.app, *known(3))
    made, _ = shop.app.ledger.create_job("book-metadata")
    shop.app.fill()
    shop.app.ledger.finish_jobs()
    assert shop.app.ledger.job(made.job.id).progress["filled"] == 3
    return made.job.id, ids[0]


def test_a_look_up_is_taken_back_as_its_sheet_says(shop: Shop) -> None:
    _, item = _filled(shop)
    client = shop.client(referer=f"http://127.0.0.1:8337/items/{item}")
    shop.app.set(item, {"publisher": "My own press"})
    before = shop.app.show(item)
    (to,) = set(re.findall(r'hx-get="(/runs/\d+/undo)"', client.get(f"/items/{item}").text)) - {
        f"/runs/{each.id}/undo" for each in shop.app.browsing.tries(item) if each.pipeline != "book-metadata"
    }
    sheet = client.get(to).text
    assert "1 field stays as you typed it." in sheet
    assert re.search(r"Publisher</th><td><span class=\"sec\">My own press</span>", sheet)
    counted = _button(sheet)
    assert client.post(to).headers["location"] == f"/items/{item}"
    assert _said(client.get(f"/items/{item}").text) == (counted, _kept(sheet))
    after = shop.app.show(item)
    assert after.data["publisher"] == "My own press"
    assert len(after.said) == len(before.said) - counted
    assert "Nothing of it is left to take back." in client.get(to).text


def test_a_job_is_taken_back_as_its_sheet_says(shop: Shop) -> None:
    job, item = _filled(shop)
    client = shop.client(referer=f"http://127.0.0.1:8337/jobs/{job}")
    assert f'hx-get="/jobs/{job}/undo"' in client.get(f"/jobs/{job}").text
    sheet = client.get(f"/jobs/{job}/undo").text
    assert "They are of 3 items." in sheet
    counted = _button(sheet)
    client.post(f"/jobs/{job}/undo")
    assert _said(client.get(f"/jobs/{job}").text) == (counted, _kept(sheet))
    assert "description" not in shop.app.show(item).data
    assert "Nothing of it is left to take back." in client.get(f"/jobs/{job}/undo").text


def test_what_is_not_there_or_not_over_is_not_taken_back(lone: Site) -> None:
    lone.stock(lone.app, 1)
    client = lone.client()
    made, _ = lone.app.ledger.create_job("book-metadata")
    assert client.get(f"/jobs/{made.job.id}/undo").status_code == 409
    assert "undo" not in client.get(f"/jobs/{made.job.id}").text
    client.post("/runs/9999/undo")
    assert "there is nothing to undo" in client.get("/").text
    lone.account("anna")
    assert lone.client().post("/runs/1/undo").status_code == 401
