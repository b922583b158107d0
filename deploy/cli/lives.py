"""Made-up lives of cases for `./bihuan bench fill`: who does what when, by the commands and rules of *cases* itself.

A life goes on until the end of the filling and no further, so what began last is still open: about a tenth of all.
Six in ten were found by the unit, the others came as tips and got a letter; one in sixteen is late, is escalated and
verified. What was closed is disclosed within days and stands in the bulletin of its month. All of it follows from the
number of the case, so two fillings are alike but for identifiers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deploy.cli.migrate import seat_unit
from services.cases.domain.case import OVERDUE, Case
from services.cases.handlers import CASE, NEW_CASE
from services.cases.handlers.heard import Heard
from shared.kernel.campaign import Campaign
from shared.kernel.commands import Setting
from shared.kernel.contracts.internal.assessment import BulletinPublished
from shared.kernel.contracts.internal.intake import TipTriaged
from shared.kernel.contracts.internal.notify import DisclosurePublished
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import Session, timer_id
from shared.platform.event_store.unit_of_work import Timer
from shared.platform.messaging.handler import Handle, Received
from shared.platform.service.command import Context, Resource

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BRANDS = (
    "宏达", "恒源", "鑫盛", "永安", "晋煤", "华燃", "兰花", "天泽", "福盛", "金鼎", "瑞丰", "万通", "顺达", "康宁",
    "太行", "丹河", "长平", "析城", "王莽岭", "珏山",
)  # fmt: skip
TRADES = (
    "气体充装站",
    "液化气站",
    "化工有限公司",
    "机械厂",
    "热力公司",
    "物流公司",
    "食品厂",
    "医院",
    "宾馆",
    "煤业公司",
)
THINGS = ("气瓶", "电梯", "起重机械", "叉车", "锅炉", "压力管道", "移动式压力容器", "快开门容器")
FAULTS = (
    "超期未检",
    "未办理使用登记",
    "无证操作",
    "安全附件失效",
    "带病运行",
    "报停后仍使用",
    "充装超量",
    "培训记录造假",
)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
SOURCES = ("web", "hotline", "letter", "visit", "superior")


class Lives:
    """Runs lives in sessions. Times are those of the campaign, from its first day to `until`; `count` lives begin
    evenly over them."""

    def __init__(self, campaign: Campaign, count: int, until: datetime) -> None:
        self._campaign, self._setting = campaign, Setting(campaign)
        self._begins = datetime.combine(campaign.period.start, datetime.min.time(), campaign.zone) + 9 * HOUR
        self._until, self._apart = until, (until - self._begins) / count
        self._seats: dict[tuple[str, str], Actor] = {}
        for person in sorted(campaign.people, key=lambda one: len(one.roles)):  # few seats, few interests
            for role in person.roles:
                unit = seat_unit(campaign, person.id, role)
                self._seats.setdefault((role, unit), Actor(person.id, role, unit, signed_by=person.id))
        self._now = self._begins
        self._heard = Heard(campaign, self)
        self._told = 0

    def now(self) -> datetime:
        """The clock of those who hear: it stands where the life is."""
        return self._now

    def live(self, n: int, session: Session) -> None:
        """The n-th life (from 0), as far as it goes."""
        self._now = self._begins + n * self._apart
        for pause in self._life(n, session):
            self._now += pause
            if self._now >= self._until:
                return

    def _life(self, n: int, session: Session) -> Iterator[timedelta]:
        """What happens, with the time before each of it. Known by its number alone."""
        rng = random.Random(n)  # noqa: S311 – nothing here is secret
        unit = rng.choice(self._campaign.county_codes)
        danger = rng.random() < 0.03
        matter = f"{rng.choice(THINGS)}{rng.choice(FAULTS)}{rng.choice(('', f'，现场负责人{_person(rng)}'))}"
        enterprise = f"{rng.choice(BRANDS)}{rng.choice(BRANDS)[0]}{rng.choice(TRADES)}"
        if rng.random() < 0.6:
            found = {"matter": matter, "enterprise": enterprise, "danger": danger}
            case = UUID(self._order(session, NEW_CASE, "", ("county", unit), found)["case"])
        else:
            case = self._tipped(n, session, rng, unit, matter=matter, enterprise=enterprise, danger=danger)
            yield rng.uniform(1, 12) * HOUR
            if rng.random() < 0.2:
                self._order(session, CASE, "transfer", ("office", "city"), {}, case)
                yield 2 * HOUR
            self._order(session, CASE, "transfer", ("director", "city"), {}, case)
            yield rng.uniform(1, 9) * HOUR
            self._order(session, CASE, "sign-for", ("county", unit), {}, case)
        yield rng.uniform(2, 20) * HOUR
        step = {"step": "site_inspection", "text": f"到{enterprise}现场检查。", "evidence": ("现场检查记录",)}
        self._order(session, CASE, "record-step", ("county", unit), step, case)
        if rng.random() < 1 / 16:
            yield from self._late(session, rng, case)
        pause = rng.uniform(1, 5) * DAY
        while (due := session.get(Case, case).timers().get(OVERDUE)) and due < self._now + pause + DAY:
            yield from self._late(session, rng, case)
            pause /= 2
        yield pause
        if rng.random() < 0.3:
            self._order(session, CASE, "report-result", ("county", unit), self._result(n, rng), case)
            yield rng.uniform(1, 9) * HOUR
        self._order(session, CASE, "report-result", ("principal", unit), self._result(n, rng), case)
        yield rng.uniform(2, 30) * HOUR
        self._order(session, CASE, "review-result", ("office", "city"), {}, case)
        yield rng.uniform(2, 30) * HOUR
        self._order(session, CASE, "close", ("director", "city"), {}, case)
        yield rng.uniform(1, 4) * DAY
        disclosed = DisclosurePublished(str(new_id()), str(case), unit, self._now)
        self._hear("notify", self._heard.disclosure_published, session, disclosed)
        yield rng.uniform(1, 9) * DAY
        bulletin = BulletinPublished(f"bulletin-{self._now:%Y-%m}", f"{self._now:%Y-%m}", self._now, (str(case),))
        self._hear("assessment", self._heard.bulletin_published, session, bulletin)

    def _tipped(self, n: int, session: Session, rng: random.Random, unit: str, **matter: Any) -> UUID:
        tip = TipTriaged(
            str(new_id()), unit, source=rng.choice(SOURCES),
            received_at=self._now - HOUR, triaged_at=self._now, external_no=f"12345-{n:07}", **matter,
        )  # fmt: skip
        self._hear("intake", self._heard.tip_triaged, session, tip)
        return max(session.touched)

    def _late(self, session: Session, rng: random.Random, case: UUID) -> Iterator[timedelta]:
        """The feedback date passes, and somebody looks after it."""
        due = session.get(Case, case).timers()[OVERDUE]
        yield due - self._now
        timer = Timer(timer_id(case, OVERDUE, due), case, OVERDUE, due)
        session.mark_fired(timer.id)
        self._heard.fire(session, timer, self._now)
        yield rng.uniform(1, 24) * HOUR
        self._order(session, CASE, "appoint-verification", ("office", "city"), {}, case)
        (one,) = session.get(Case, case).undecided
        yield rng.uniform(1, 4) * DAY
        looked = {"found": rng.random() < 0.4, "text": "现场复核。", "evidence": ("核查记录",)}
        self._order(session, CASE, "verify-escalation", ("group", str(one.verifier)), looked, case)

    def _result(self, n: int, rng: random.Random) -> dict[str, Any]:
        if rng.random() < 0.3:
            return {"text": "经现场检查，所反映问题不属实。", "conclusion": "not_borne_out"}
        order = {"measure": "rectification_order", "number": f"监特令〔2022〕{n + 1}号", "on": self._now.date()}
        return {"text": "经查属实，已责令改正并复查合格。", "conclusion": "borne_out", "taken": (order,)}

    def _order(
        self, session: Session, resource: Resource, command: str, by: tuple[str, str], body: Mapping[str, Any],
        case: UUID | None = None,
    ) -> Mapping[str, Any]:  # fmt: skip
        """Somebody in this seat gives a command now, with the case as it stands on the screen."""
        envelope = Envelope(self._now, self._seats[by], str(new_id()), self._campaign.id, self._campaign.version)
        context = Context(self._setting, session, envelope, {"case": str(case)} if case else {})
        seen = session.get(Case, case).version if case else None
        return resource.run(command, context, resource.commands[command].body.model_validate(body), seen)

    def _hear(self, producer: str, handle: Handle, session: Session, contract: Any) -> None:
        """Another service tells something now."""
        self._told += 1
        handle(session, contract, Received(producer, type(contract).__name__, "", self._told, self._now))


def _person(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=2))
