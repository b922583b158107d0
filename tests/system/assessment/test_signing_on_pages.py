"""The forms by which returns, bulletins and commitments are signed: what they showed is what is signed."""

from __future__ import annotations

import re

from tests.support import life
from tests.support.life import ZEZHOU
from tests.support.refused import refusal
from tests.support.running import Clock, Running, case_id
from tests.system.assessment.bureau import HTML, at, give, page

CASE = case_id(1)


async def test_who_signs_a_return_that_has_moved_on_is_told_so(campaign: Running) -> None:
    form = f"/assessment/returns/{ZEZHOU}/1/submit"
    text = await page(campaign, f"/assessment/returns/{ZEZHOU}/1", "principal", ZEZHOU)
    seen = _sent_along(text, form)
    async with campaign.client("principal", ZEZHOU) as client:
        for other in ("7", ""):
            answer = await client.post(form, data=seen | {"note": "说明", "version": other}, headers=HTML)
            assert ">说明</textarea>" in await refusal(client, answer)
        answer = await client.post(form, data=seen | {"note": "说明"}, headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/assessment/returns/{ZEZHOU}/1")
        answer = await client.post(form, data=seen | {"version": str(int(seen["version"]) + 1)}, headers=HTML)
        assert "不能重复报送" in await refusal(client, answer)


def _sent_along(html: str, action: str) -> dict[str, str]:
    """What the form that is posted there sends along unseen."""
    form = html.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', form))


async def test_figures_that_moved_since_the_page_was_drawn_are_shown_beside_those_that_were_seen(
    campaign: Running, clock: Clock
) -> None:
    path = f"/assessment/returns/{ZEZHOU}/1"
    seen = _sent_along(await page(campaign, path, "principal", ZEZHOU), f"{path}/submit")
    await campaign.feed.say(life.opened(CASE), at=at("2021-12-28 10:00"))
    await campaign.caught_up()
    clock.set(at("2021-12-30 09:00"))
    async with campaign.client("principal", ZEZHOU) as client:
        refused = await client.post(f"{path}/submit", data=seen | {"note": "说明"}, headers=HTML)
        said = await refusal(client, refused)
        assert ">说明</textarea>" in said
        assert "您看到的数字在此期间有了变化" in said
        line = '受理举报</th><td class="n">0 / 0</td><td class="n"><b>1 / 1</b></td>'
        assert line in said
        again = _sent_along(said, f"{path}/submit")
        assert again["digest"] != seen["digest"]
        assert (await client.post(f"{path}/submit", data=again, headers=HTML)).status_code == 303


async def test_a_bulletin_that_was_drawn_anew_is_not_published_by_whoever_saw_the_earlier_one(
    campaign: Running, clock: Clock
) -> None:
    clock.set(at("2022-01-10 09:00"))
    path = "/assessment/bulletins/2021-12"
    assert (await give(campaign, "/bulletins/2021-12/draw", "office"))[0] == 200
    seen = _sent_along(await page(campaign, path, "director"), f"{path}/publish")
    await campaign.feed.say(life.opened(CASE), life.transferred(CASE), life.closed(CASE), at=at("2021-12-29 10:00"))
    await campaign.caught_up()
    assert (await give(campaign, "/bulletins/2021-12/draw", "office"))[0] == 200
    async with campaign.client("director") as client:
        refused = await client.post(f"{path}/publish", data=seen, headers=HTML)
        told = await refusal(client, refused)
        for said in ("您打开本页以后有了新的变化", "拟制考核通报——", "与您看到的不同之处", "交办件 · 泽州县"):
            assert said in told, said
        await refusal(client, await client.post(f"{path}/publish", data={}, headers=HTML))
        again = _sent_along(told, f"{path}/publish")
        assert (await client.post(f"{path}/publish", data=again, headers=HTML)).status_code == 303


async def test_a_commitment_is_signed_by_the_form_that_showed_it(campaign: Running) -> None:
    path, form = f"/assessment/filings/{ZEZHOU}", f"/assessment/commitments/{ZEZHOU}/2021-12/sign"
    seen = _sent_along(await page(campaign, path, "principal", ZEZHOU), form)
    async with campaign.client("principal", ZEZHOU) as client:
        await refusal(client, await client.post(form, data=seen | {"version": ""}, headers=HTML))
        assert (await client.post(form, data=seen, headers=HTML)).status_code == 303
