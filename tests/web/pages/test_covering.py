"""Covers on pages: shown, fetched by the button, picked, uploaded and removed."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.support.painting import cover
from tests.support.shops import UNKNOWN, Shop, known
from tests.support.sites import Site

from completist.domain.fields import Origin

HX = {"HX-Request": "true"}


def test_bulk_button_runs_batch_by_batch_and_says_updated_of_processed(shop: Shop) -> None:
    shop.bring(shop.app, *known(21), UNKNOWN)
    client = shop.client()
    page = client.get("/library?kind=book").text
    assert "Fetch missing covers" in page
    assert 'aria-live="polite"' in page
    told = client.post("/library/covers", data={"kind": "book"}, headers=HX).text
    assert "20/20 covers found" in told
    assert "Continue" in told
    said = dict(re.findall(r'name="(\w+)" value="([^"]*)"', told))
    last = client.post("/library/covers", data=said, headers=HX).text
    assert "21/22 covers found" in last
    assert "1: nobody has one" in last
    assert "Continue" not in last


def test_without_a_script_the_button_answers_with_a_page(shop: Shop) -> None:
    shop.bring(shop.app, *known(1))
    client = shop.client(referer="http://127.0.0.1:8337/library?kind=book")
    answer = client.post("/library/covers", data={"kind": "book"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/library?kind=book")
    assert "1/1 covers found." in client.get("/library?kind=book").text


def test_whoever_turned_it_off_sees_no_button_and_gets_a_reason(lone: Site) -> None:
    lone.stock(lone.app, 1)
    lone.app.settings = replace(lone.app.settings, cover_backfill=False)
    client = lone.client()
    assert "Fetch missing covers" not in client.get("/library").text
    told = client.post("/library/covers", data={"kind": "book"}, headers=HX).text
    assert "Covers are not looked for on this server." in told


def test_other_kinds_have_no_button(shop: Shop) -> None:
    shop.bring(shop.app, *known(1))
    assert "Fetch missing covers" not in shop.client().get("/library?kind=author").text
    told = shop.client().post("/library/covers", data={"kind": "author"}, headers=HX).text
    assert "Nobody is asked about the pictures of these." in told


def test_offline_says_so(lone: Site) -> None:
    lone.stock(lone.app, 1)
    told = lone.client().post("/library/covers", data={"kind": "book"}, headers=HX).text
    assert "stay offline" in told


def test_thumbnails_are_shown_with_their_size_and_colour(shop: Shop) -> None:
    (item,) = shop.bring(shop.app, *known(1))
    shop.app.covers.backfill()
    picture = shop.app.covers.shown([item])[item].picture
    assert picture is not None
    client = shop.client()
    for path in ("/library", "/library?view=rows", f"/items/{item}", "/"):
        page = client.get(path).text
        found = re.search(
            rf'fill="{picture.colour}".*?<img src="/covers/{picture.sha256}/(\w)\.webp"[^>]*>', page
        )
        assert found is not None, path
        assert f'width="{picture.width}" height="{picture.height}"' in found[0]
        assert client.get(f"/covers/{picture.sha256}/{found[1]}.webp").headers["content-type"] == "image/webp"
        assert "style=" not in page


def test_a_cover_is_chosen_removed_and_taken_back(shop: Shop) -> None:
    (item,) = shop.bring(shop.app, *known(1))
    client = shop.client()
    assert "Asking the sources" in client.get(f"/items/{item}/covers").text
    page = client.get(f"/items/{item}/covers?look=yes").text
    assert "Open Library" in page
    (offered, *_) = shop.app.covers.offered(item)
    assert offered.picture is not None
    assert f"{offered.picture.width} \N{MULTIPLICATION SIGN} {offered.picture.height}" in page
    chosen = client.post(f"/items/{item}/cover/choose", data={"url": offered.url, "source": offered.source})
    assert chosen.headers["location"] == f"/items/{item}"
    assert shop.app.show(item).values["cover"].origin is Origin.USER
    assert "nothing replaces it" in client.get(f"/items/{item}").text
    client.post(f"/items/{item}/cover/remove")
    assert item not in shop.app.covers.shown([item])
    assert shop.app.covers.backfill().processed == 0
    change = shop.app.history(item)[-1]
    client.post(f"/items/{item}/undo", data={"change": str(change.id)})
    assert shop.app.covers.shown([item])[item].url == offered.url


def test_a_picture_of_ones_own_is_uploaded_and_what_is_none_is_refused_in_words(lone: Site) -> None:
    (item,) = lone.stock(lone.app, 1)
    client = lone.client()
    answer = client.post(f"/items/{item}/cover", content=cover(400, 600))
    assert (answer.status_code, answer.json()) == (201, {"to": f"/items/{item}"})
    shown = lone.app.covers.shown([item])[item]
    assert shown.picture is not None
    assert (shown.origin, shown.picture.width, shown.picture.height) == (Origin.USER, 400, 600)
    for body, why in ((b"", "empty"), (b"not a picture", "no picture"), (b"<svg></svg>", "document")):
        refused = client.post(f"/items/{item}/cover", content=body)
        assert refused.status_code == 422
        assert why in refused.json()["message"]
    assert lone.app.covers.shown([item])[item] == shown


def test_what_has_no_pictures_has_no_picker(desk: Site) -> None:
    (commit, *_) = desk.app.items("commit")
    client = desk.client()
    assert "/covers" not in client.get(f"/items/{commit.id}").text
    assert client.get(f"/items/{commit.id}/covers").status_code == 404
