"""Neighbours: a program on the operator's own machine or network that takes posted bodies, such as Anki."""

from __future__ import annotations

import httpx2

from completist.domain.errors import BadInput, Retryable
from completist.net.addresses import authorities
from completist.sdk.posting import Posted

#: Bytes of an answer that are read.
MOST = 64 << 20


class Neighbour:
    """Posts to one address that the operator named. Each call has a connection of its own: the other side closes it.

    Raises:
        BadInput: It is no address over HTTP.
    """

    def __init__(self, url: str, what: str = "Anki", key: str = "") -> None:
        try:
            parsed = httpx2.URL(url)
        except httpx2.InvalidURL:
            parsed = httpx2.URL("")
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise BadInput(f"The address of {what} has to begin with http:// or https://.")
        self.url = parsed
        self.what = what
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def __call__(self, body: bytes, *, patience: float) -> Posted:
        """Post a body.

        Raises:
            Retryable: Nothing answers in time.
        """
        headers = {"Content-Type": "application/json", "Connection": "close", **self.headers}
        try:
            with httpx2.Client(verify=authorities(), timeout=patience, trust_env=False) as client:
                reply = client.post(self.url, content=body, headers=headers)
        except httpx2.RequestError as error:
            raise Retryable(
                f"{self.what} does not answer.",
                hint="Start Anki with the add-on AnkiConnect." if self.what == "Anki" else "",
                code=f"{self.what.lower().rpartition(' ')[2]}_away",
            ) from error
        return Posted(reply.status_code, reply.content[:MOST])
