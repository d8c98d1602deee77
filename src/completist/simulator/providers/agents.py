"""User-Agents: who says how to be reached, and who only says what library they use."""

from __future__ import annotations

import re

_LIBRARIES = re.compile(
    r"(python-(requests|urllib|httpx)|httpx|aiohttp|go-http-client|java|okhttp|axios|node-fetch|undici|ruby|wget)\b",
    re.IGNORECASE,
)


def has_contact(user_agent: str) -> bool:
    """Whether a User-Agent names an address, of the web or of mail."""
    return "http" in user_agent.lower() or "@" in user_agent


def is_welcome(user_agent: str) -> bool:
    """Whether a User-Agent is no library's own and names an address."""
    return has_contact(user_agent) and not _LIBRARIES.match(user_agent)
