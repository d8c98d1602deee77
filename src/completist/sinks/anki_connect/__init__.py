"""AnkiConnect: cards go into a running Anki, and what a person changed there stays as it is.

https://git.sr.ht/~foosoft/anki-connect
"""

from completist.sinks.anki_connect.calls import AnkiConnect
from completist.sinks.anki_connect.merging import Given, Told
from completist.sinks.anki_connect.pushing import push

__all__ = ["AnkiConnect", "Given", "Told", "push"]
