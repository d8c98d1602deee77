"""AnkiConnect's contract over loopback, in front of a collection of the real Anki.

What it answers was recorded from the add-on: always 200 with an envelope, errors as text, one note that fails in
`addNotes` taking all back, unknown fields ignored in silence, uploads that take quadratic time, and a browser that
writes the old text of the note it shows back, after an import as well when the note was selected just before.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

#: Seconds that the add-on takes to read a request of a megabyte; of four it takes sixteen times as long.
A_MEGABYTE = 0.5

#: What the add-on does without a collection.
_WITHOUT_PROFILE = ("multi", "requestPermission", "version", "guiSelectedNotes", "guiSelectCard")


class Trouble(Exception):
    """What the add-on says went wrong."""


@dataclass
class FakeAnki:
    """A running Anki. ``shown`` is the note in its browser; ``without`` are actions that it does not know."""

    folder: Path
    key: str = ""
    forbids: bool = False
    shut: bool = False  #: no profile is open
    garbled: bool = False
    without: set[str] = field(default_factory=set)
    shown: int | None = None
    dies_behind: str = ""  #: the connection breaks once this action was done
    calls: Counter[str] = field(default_factory=Counter)
    uploads: list[int] = field(default_factory=list)
    hurry: float = 0.0  #: the share of the time that reading takes in the add-on, by which it takes long here
    reading: float = 0.0  #: seconds that the add-on would have spent on reading requests

    def __post_init__(self) -> None:
        self.col: Any = Collection(str(self.folder / "collection.anki2"))
        self.held_text: dict[str, str] = {}
        anki = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                anki.read(len(body))
                if anki.forbids or self.headers.get("Origin"):
                    self.send_response(403)
                    self.end_headers()
                    return
                if anki.garbled:
                    self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n<html>another program</html>")
                    return
                asked = json.loads(body)
                answer = anki.answer(asked)
                if asked["action"] == anki.dies_behind:
                    return  # it closes without a word
                said = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is declared
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.col.close()

    def read(self, size: int) -> None:
        """Take as long as the add-on, which copies all that it has of a request with each further kilobyte of it."""
        seconds = A_MEGABYTE * (size / 1e6) ** 2
        self.reading += seconds
        time.sleep(self.hurry * seconds)

    # --- what a person does in Anki ---------------------------------------------------------------------------

    def ids(self, uid: str = "*") -> list[int]:
        return list(self.col.find_notes(f"Key:{uid}"))

    def field(self, uid: str, name: str) -> str:
        (found,) = self.ids(uid)
        return str(self.col.get_note(found)[name])

    def type(self, uid: str, name: str, text: str) -> None:
        (found,) = self.ids(uid)
        note = self.col.get_note(found)
        note[name] = text
        self.col.update_note(note)

    def remove(self, uid: str) -> None:
        self.col.remove_notes(self.ids(uid))

    def show(self, uid: str) -> None:
        """Open the browser on a note: its editor holds the text as it is now."""
        (found,) = self.ids(uid)
        self._select(found)

    def select_another(self) -> None:
        """Go to another row: the editor saves what it holds, if that is not what the collection says."""
        if self.shown is not None and self.col.find_notes(f"nid:{self.shown}"):
            note = self.col.get_note(self.shown)
            if dict(note.items()) != self.held_text:
                for name, text in self.held_text.items():
                    note[name] = text
                self.col.update_note(note)
        self.shown = None

    # --- the add-on ---------------------------------------------------------------------------------------------

    def answer(self, asked: dict[str, Any]) -> Any:
        action, params = asked.get("action", ""), asked.get("params", {})
        self.calls[action] += 1
        if self.key and asked.get("key") != self.key and action != "requestPermission":
            return {"result": None, "error": "valid api key must be provided"}
        try:
            method = None if action in self.without else getattr(self, f"do_{action}", None)
            if method is None:
                raise Trouble("unsupported action")
            if self.shut and action not in _WITHOUT_PROFILE:
                raise Trouble("collection is not available")
            result = method(**params)
        except Trouble as error:
            return {"result": None, "error": str(error)}
        except TypeError as error:
            return {"result": None, "error": str(error).replace("FakeAnki.do_", "AnkiConnect.")}
        return result if asked.get("version", 4) <= 4 else {"result": result, "error": None}

    def do_requestPermission(self) -> Any:
        return {"permission": "granted", "requireApikey": bool(self.key), "version": 6}

    def do_version(self) -> int:
        return 6

    def do_multi(self, actions: list[dict[str, Any]]) -> list[Any]:
        return [self.answer(each) for each in actions]

    def do_findNotes(self, query: str) -> list[int]:
        return list(self.col.find_notes(query))

    def do_notesInfo(self, notes: list[int]) -> list[Any]:
        return [self._told(note_id) for note_id in notes]

    def _told(self, note_id: int) -> Any:
        if not self.col.find_notes(f"nid:{note_id}"):
            return {}
        note = self.col.get_note(note_id)
        kind = note.note_type()
        assert kind is not None
        return {
            "noteId": note.id,
            "tags": note.tags,
            "fields": {
                name: {"value": text, "order": place} for place, (name, text) in enumerate(note.items())
            },
            "modelName": kind["name"],
            "mod": note.mod,
            "cards": list(note.card_ids()),
        }

    def do_storeMediaFile(self, filename: str, data: str) -> str:
        self.uploads.append(len(data))
        name = Path(filename).name
        (Path(self.col.media.dir()) / name).write_bytes(base64.b64decode(data))
        return name

    def do_getMediaDirPath(self) -> str:
        return str(self.col.media.dir())

    def do_deleteMediaFile(self, filename: str) -> None:
        (Path(self.col.media.dir()) / filename).unlink(missing_ok=True)

    def do_importPackage(self, path: str) -> bool:
        if not Path(path).exists():
            raise Trouble(f"Failed to open '{path}'")
        options = ImportAnkiPackageOptions(merge_notetypes=True, with_scheduling=True)
        self.col.import_anki_package(ImportAnkiPackageRequest(package_path=path, options=options))
        return True

    def do_modelNames(self) -> list[str]:
        return [each.name for each in self.col.models.all_names_and_ids()]

    def do_createDeck(self, deck: str) -> int:
        return int(self.col.decks.id(deck) or 0)

    def do_createModel(
        self,
        modelName: str,
        inOrderFields: list[str],
        css: str,
        isCloze: bool,
        cardTemplates: list[dict[str, str]],
    ) -> None:
        model = self.col.models.new(modelName)
        model["type"], model["css"] = int(isCloze), css
        for name in inOrderFields:
            self.col.models.add_field(model, self.col.models.new_field(name))
        for each in cardTemplates:
            template = self.col.models.new_template(each["Name"])
            template["qfmt"], template["afmt"] = each["Front"], each["Back"]
            self.col.models.add_template(model, template)
        self.col.models.add(model)

    def do_addNote(self, note: dict[str, Any]) -> int:
        model = self.col.models.by_name(note["modelName"])
        if model is None:
            raise Trouble(f"model was not found: {note['modelName']}")
        if self.col.decks.by_name(note["deckName"]) is None:
            raise Trouble(f"deck was not found: {note['deckName']}")
        made = self.col.new_note(model)
        for name, text in note["fields"].items():
            if name in made:  # another one is ignored in silence
                made[name] = text
        made.tags = note.get("tags", [])
        if not made.fields[0].strip():
            raise Trouble("cannot create note because it is empty")
        if self.ids(made.fields[0]):
            raise Trouble("cannot create note because it is a duplicate")
        self.col.add_note(made, self.col.decks.id(note["deckName"]))
        return int(made.id)

    def do_addNotes(self, notes: list[dict[str, Any]]) -> list[int]:
        made: list[int] = []
        try:
            made.extend(self.do_addNote(each) for each in notes)
        except Trouble as error:
            self.col.remove_notes(made)
            raise Trouble(str([str(error)])) from error
        return made

    def do_updateNoteFields(self, note: dict[str, Any]) -> None:
        if not self.col.find_notes(f"nid:{note['id']}"):
            raise Trouble(f"Note was not found: {note['id']}")
        held = self.col.get_note(note["id"])
        for name, text in note["fields"].items():
            if name in held:
                held[name] = text
        self.col.update_note(held)  # a browser that shows it goes on holding the old text

    def do_addTags(self, notes: list[int], tags: str) -> None:
        self.col.tags.bulk_add(notes, tags)

    def do_deleteNotes(self, notes: list[int]) -> None:
        self.col.remove_notes(notes)

    def do_deckNames(self) -> list[str]:
        return [each.name for each in self.col.decks.all_names_and_ids()]

    def do_deleteDecks(self, decks: list[str], **more: Any) -> None:
        if not more.get("cardsToo"):
            raise Trouble(
                "Since Anki 2.1.28 it's not possible to delete decks without deleting cards as well"
            )
        self.col.decks.remove([self.col.decks.id(name) for name in decks])

    def do_suspend(self, cards: list[int]) -> bool:
        self.col.sched.suspend_cards(cards)
        return True

    def do_areSuspended(self, cards: list[int]) -> list[bool]:
        return [self.col.get_card(each).queue == -1 for each in cards]

    def do_changeDeck(self, cards: list[int], deck: str) -> None:
        self.col.set_deck(cards, self.col.decks.id(deck))

    def do_getDecks(self, cards: list[int]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for each in cards:
            found.setdefault(self.col.decks.name(self.col.get_card(each).did), []).append(each)
        return found

    def do_guiBrowse(self, query: str) -> list[int]:
        found = self.do_findNotes(query)
        if self.shown not in found:
            self.select_another()
            if found:
                self._select(found[0])
        return list(self.col.find_cards(query))

    def do_guiSelectCard(self, card: int) -> bool:
        self.select_another()
        note_ids = self.col.find_notes(f"cid:{card}")
        if note_ids:
            self._select(note_ids[0])
        return True

    def _select(self, note_id: int) -> None:
        self.shown = note_id
        self.held_text = dict(self.col.get_note(note_id).items())

    def do_guiSelectedNotes(self) -> list[int]:
        return [] if self.shown is None else [self.shown]
