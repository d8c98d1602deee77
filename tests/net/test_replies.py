from __future__ import annotations

import pytest

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.net.limits import Limit, Limits
from completist.net.replies import refusal

PER_DAY = "Quota exceeded for quota metric 'Queries' and limit 'Queries per day' of service 'books.example'"


def google(reason: str, message: str = "", status: str = "") -> Data:
    return {
        "error": {"message": message, "status": status, "errors": [{"reason": reason, "domain": "global"}]}
    }


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (429, google("rateLimitExceeded", PER_DAY, "RESOURCE_EXHAUSTED"), Outcome.QUOTA_EXHAUSTED),
        (429, google("rateLimitExceeded"), Outcome.RATE_LIMITED),
        (403, google("dailyLimitExceeded"), Outcome.QUOTA_EXHAUSTED),
        (403, google("userRateLimitExceeded"), Outcome.RATE_LIMITED),
        (403, google("quotaExceeded"), Outcome.QUOTA_EXHAUSTED),
        (400, google("dailyLimitExceeded"), Outcome.QUOTA_EXHAUSTED),
        (400, google("badRequest", status="RESOURCE_EXHAUSTED"), Outcome.RATE_LIMITED),
        (400, {"error": {"details": [{"@type": "info"}, {"reason": "API_KEY_INVALID"}]}}, Outcome.INVALID_KEY),
        (
            429,
            {"error": {"status": "RESOURCE_EXHAUSTED", "details": [
                {"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "defaultPerDayPerProject"}}
            ]}},
            Outcome.QUOTA_EXHAUSTED,
        ),
        (429, google("rateLimitExceeded", "Queries per minute"), Outcome.RATE_LIMITED),
        (429, {"message": "Daily quota exceeded"}, Outcome.QUOTA_EXHAUSTED),
        (429, {"message": "Limit Exceeded"}, Outcome.RATE_LIMITED),
        (404, {"message": "Daily quota exceeded"}, None),
        (403, google("accessNotConfigured"), Outcome.INVALID_KEY),
        (403, google("forbidden"), Outcome.BLOCKED),
        (403, {"error": {"errors": "none", "message": PER_DAY}}, Outcome.BLOCKED),
        (404, google("notFound"), None),
        (400, google("invalidParameter"), None),
        (200, google("dailyLimitExceeded"), None),
    ],
)  # fmt: skip
def test_a_quota_is_known_by_its_reason_whatever_the_status(
    status: int, body: Data, outcome: Outcome | None
) -> None:
    refused = refusal(status, Limits(), body)
    assert (None if refused is None else refused.outcome) is outcome


def test_a_refusal_says_when_to_come_back_or_that_nobody_said() -> None:
    spent = Limits((Limit("daily", remaining=0, reset=9_000.0),), retry_after=5.0)
    refused = refusal(403, spent, google("dailyLimitExceeded"))
    assert refused is not None
    assert refused.after == 9_000.0
    refused = refusal(403, Limits(), google("dailyLimitExceeded"))
    assert refused is not None
    assert (refused.after, refused.code) == (None, "http_403")
