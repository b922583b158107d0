"""How a tip reads on a page: time left, steps of the loop, what is wrong with a form."""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError

from shared.kernel.campaign.explain import span
from shared.kernel.campaign.rules import Window
from shared.platform.web.words import Locale, translate

FIELD_ERRORS = {
    "text": "请写下发生了什么，至多 20000 字。",
    "place": "地点至多 200 字，不要换行。",
    "enterprise": "单位名称至多 200 字，不要换行。",
    "equipment": "设备至多 200 字，不要换行。",
    "occurred_at": "请填写日期，例如 2022-01-21，或留空。",
    "name": "请写姓名，至多 50 字；不愿留名请选匿名。",
    "phone": "请写能联系到您的电话，只用数字；不愿留电话请选匿名。",
    "mode": "请选择是否留名。",
    "external_no": "外部编号只用字母、数字和连字符；不得为电话或身份证号码。",
    "category": "请从列出的类别中选择。",
    "source": "请从列出的来源中选择。",
}
OTHERWISE = "请核对此项。"


def field_errors(error: ValidationError) -> dict[str, str]:
    """Field → what to do, of a form that could not be read."""
    names = (str(one["loc"][-1]) if one["loc"] else "" for one in error.errors(include_input=False))
    return {name: FIELD_ERRORS.get(name, OTHERWISE) for name in names}


def length(window: Window, locale: Locale) -> str:
    """How long a window is: “4 小时”, “2 个工作日”."""
    unit = {"hours": "{n} 小时", "working_days": "{n} 个工作日", "calendar_days": "{n} 天"}[window.unit]
    return translate(locale, unit).format(n=window.count)


def left(due: datetime, now: datetime, locale: Locale) -> str:
    """“还剩 1 小时”, or how late it is."""
    said = "已超时 {span}" if due <= now else "还剩 {span}"
    return translate(locale, said).format(span=span(abs(due - now), locale))
