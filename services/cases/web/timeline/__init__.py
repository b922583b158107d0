"""The timeline's sentences: how each event of a case reads, in the reader's language.

A sentence is a msgid with named places, so that each language orders them its own way; a new event needs its line in
the `SENTENCES` of its part, and the English of what it says in `locale/en.po`. What people wrote stays as it is.
"""

from __future__ import annotations

from typing import Any

from services.cases.web.timeline import concluding, escalating, handling, transferring
from services.cases.web.timeline.escalating import RAISED_TO as RAISED_TO
from services.cases.web.timeline.teller import Sentence, Sentences, Teller
from shared.kernel.campaign import Campaign
from shared.kernel.names import actor_name
from shared.platform.web.words import Locale

RULES = {
    "a_triaged_tip_becomes_a_case": "梳理后交办的举报应当立件",
    "a_finding_becomes_a_case": "检查发现的问题应当立件",
    "a_case_without_its_source_is_void": "来源已不存在且无人办理的交办件应当撤销",
    "a_letter_is_signed_for_in_time": "交办书应当按期签收",
    "a_unit_that_signed_for_a_letter_must_act": "签收后应当有实质性办理",
    "a_result_is_signed_by_the_feedback_date": "反馈期限前应当有主要负责人签字的办理结果",
    "the_unit_may_reply_to_a_suspicion": "承办单位可以申辩",
    "a_danger_to_life_is_reported_on_the_next_working_day": "危及生命的，次一工作日应当首次报告",
    "the_office_acts_in_time": "市局办公室应当按期办理",
    "a_published_result_is_disclosed": "发布办理结果即为公开",
    "a_published_bulletin_closes_loops": "考核通报发布后闭合",
}
"""The rules by which the system acts, as a timeline names them."""
SENTENCES: Sentences = {
    **transferring.SENTENCES,
    **handling.SENTENCES,
    **concluding.SENTENCES,
    **escalating.SENTENCES,
}


def sentence(event: Any, campaign: Campaign, locale: Locale = "zh") -> Sentence:
    """(title, text, kind) of one event of a case."""
    teller = Teller(campaign, locale, actor_name(campaign, event.envelope.actor, locale))
    return SENTENCES[type(event)](event, teller)
