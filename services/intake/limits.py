"""What strangers may do how often. One line a thing; who counts as one sender is said where a token is taken.

An office, a school or a village may share one address, so a refusal is for a minute and names the way that is always
open. A tip about danger to life is never refused: beyond its limit it is taken in, goes to a person as every such tip
does, and waits behind those of others (`rules.triage.FLOOD`).
"""

from __future__ import annotations

from dataclasses import replace

from services.intake.domain.values import Suggestion
from services.intake.rules.triage import FLOOD
from shared.platform.web.rate_limits import RateLimit, RateLimiter

_CALL = "有人员危险请立即拨打 119 或 120；特种设备险情也可拨打 12315。"

TIPS = RateLimit("tip", 20, 60, f"此网络地址提交的举报过多，请在 {{seconds}} 秒后再提交。{_CALL}")
DANGER = RateLimit("danger", 5, 6)
MISSES = RateLimit("miss", 20, 720)
MESSAGES = RateLimit("message", 20, 60, f"此网络地址发送的补充过多，请在 {{seconds}} 秒后再发送。{_CALL}")
ON_A_RECEIPT = RateLimit("on a receipt", 20, 1, f"此回执今日的补充过多，请在 {{minutes}} 分钟后再补充。{_CALL}")
CHARACTERS = RateLimit(
    "characters", 40_000, 2_000, f"此回执今日的补充过长，请缩短，或在 {{minutes}} 分钟后再补充。{_CALL}"
)


async def admitted(limiter: RateLimiter, sender: str, suggestion: Suggestion) -> Suggestion:
    """What the rules recognised in a tip of this sender, with the doubt that it is one of too many. Raises
    problems.TooManyRequests for a tip that tells of no danger, Unavailable."""
    if not suggestion.danger:
        await limiter.take(TIPS, sender)
    elif await limiter.wait(DANGER, sender):
        return replace(suggestion, doubts=(*suggestion.doubts, FLOOD))
    return suggestion
