"""Simulated agents: they sit at the desk as a browser would, over HTTP, and hear from the simulator what a callee wants."""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from yarl import URL

from apps.demo.services.answering import make_up_answers

logger = logging.getLogger(__name__)

# Simulated seconds an agent takes to look at a preview, to notice a machine, and to write up a call.
PREVIEW_SECONDS, NOTICE_SECONDS, WRAP_UP_SECONDS = 4.0, 3.0, 8.0
# Real seconds between two looks at the desk, between two signs of life, and after a fault.
LOOK_SECONDS, PING_SECONDS, FAULT_SECONDS = 0.8, 20.0, 3.0
# What a callee wants, as the disposition an agent would choose.
DISPOSITION_OF_INTENT = {
    "sale": "SALE",
    "survey": "APPT",
    "callback": "CALLBK",
    "not_interested": "NI",
    "no_pitch": "NP",
    "dnc": "DNC",
    "wrong_number": "WRONG",
    "voicemail": "A",
    "fax": "A",
}
MACHINES = {"voicemail", "fax"}
# Dispositions of people who have answered the script's questions.
ANSWERING = {"SALE", "APPT"}
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Floor:
    """Where the agents work: addresses, the tenant's slug, and how fast the clock runs."""

    url: str
    simulator_url: str
    slug: str
    speed: float

    @property
    def desk(self) -> str:
        return f"{self.url}/t/{self.slug}/desk"


class SimulatedAgent:
    """One agent with a browser's cookies; `campaign` is the name of the campaign to work in, or the first running one."""

    def __init__(self, floor: Floor, *, email: str, password: str, campaign: str = "") -> None:
        self.floor = floor
        self.email, self.password, self.campaign = email, password, campaign
        self.handled = ""

    async def work(self) -> None:
        """Log in and take calls until cancelled; starts again after a fault of the network or the server."""
        while True:
            try:
                async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
                    await self._log_in(browser)
                    await self._shift(browser)
            except (aiohttp.ClientError, TimeoutError) as error:
                logger.warning("agent.fault", extra={"error": str(error)})
                await asyncio.sleep(FAULT_SECONDS)

    async def _log_in(self, browser: aiohttp.ClientSession) -> None:
        login = f"{self.floor.url}/accounts/login/"
        async with browser.get(login) as page:
            found = CSRF.search(await page.text())
        form = {
            "login": self.email,
            "password": self.password,
            "csrfmiddlewaretoken": found.group(1) if found else "",
        }
        async with browser.post(login, data=form, headers={"Referer": login}, allow_redirects=False) as answer:
            if answer.status != 302:
                raise aiohttp.ClientError(f"The login of {self.email} was refused with {answer.status}.")

    async def _shift(self, browser: aiohttp.ClientSession) -> None:
        pinged = 0.0
        while True:
            async with browser.get(f"{self.floor.desk}/state") as answer:
                answer.raise_for_status()
                state = await answer.json()
            await self._act(browser, state)
            now = asyncio.get_running_loop().time()
            if state["session"] and now - pinged > PING_SECONDS:
                pinged = now
                await self._post(browser, "ping", {})
            await asyncio.sleep(LOOK_SECONDS)

    async def _act(self, browser: aiohttp.ClientSession, state: dict[str, Any]) -> None:
        session = state["session"]
        if session is None:
            await self._start(browser, state["campaigns"])
        elif session["state"] == "BREAK" and session["next_state"] != "READY":
            await self._post(browser, "ready", {})
        elif session["state"] == "PREVIEW":
            await self._pause(PREVIEW_SECONDS)
            await self._post(browser, "dial", {"campaign_lead": state["contact"]["campaign_lead"]})
        elif session["state"] in {"ON_CALL", "WRAP_UP"} and state["attempt"]["id"] != self.handled:
            await self._handle_call(browser, state)

    async def _start(self, browser: aiohttp.ClientSession, campaigns: Sequence[dict[str, Any]]) -> None:
        running = [item for item in campaigns if item["state"] == "RUNNING"]
        wanted = [item for item in running if item["name"] == self.campaign] or running
        if wanted:
            await self._post(browser, "start", {"campaign": wanted[0]["id"]})

    async def _handle_call(self, browser: aiohttp.ClientSession, state: dict[str, Any]) -> None:
        attempt = state["attempt"]
        callee = await self._callee(browser, attempt["sid"])
        is_over = state["session"]["state"] == "WRAP_UP"
        if not is_over and callee["intent"] not in MACHINES:
            return
        await self._pause(WRAP_UP_SECONDS if is_over else NOTICE_SECONDS)
        form: dict[str, Any] = {
            "disposition": DISPOSITION_OF_INTENT.get(callee["intent"] or "", "NI"),
            "note": f"Simulated: {callee['personality']}",
        }
        if form["disposition"] in ANSWERING:
            form["answers"] = make_up_answers(state["contact"]["script"], Random(attempt["id"]))  # noqa: S311 - made up
        if form["disposition"] == "CALLBK":
            promised = await self._callback(browser, callee, state["contact"])
            form |= {"callback": promised} if promised else {"disposition": "NI"}
        if await self._post(browser, "dispose", form):
            self.handled = attempt["id"]

    async def _callback(
        self, browser: aiohttp.ClientSession, callee: dict[str, Any], contact: dict[str, Any]
    ) -> dict[str, Any] | None:
        """A promise to call when it suits them, or at the next lawful time after that; None when there is none."""
        zone = ZoneInfo(contact["lead"]["zones"][0])
        wanted = datetime.fromisoformat(callee["callback_at"] or callee["ended_at"]) + timedelta(hours=1)
        async with browser.get(f"{self.floor.desk}/calendar") as answer:
            openings = (await answer.json())["open"] if answer.status == 200 else []
        for start, end in openings:
            due_at = max(wanted, datetime.fromisoformat(start) + timedelta(minutes=1)).replace(second=0, microsecond=0)
            if due_at < datetime.fromisoformat(end):
                local = due_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
                return {"local": local, "zone": zone.key, "personal": False}
        return None

    async def _callee(self, browser: aiohttp.ClientSession, sid: str) -> dict[str, Any]:
        async with browser.get(f"{self.floor.simulator_url}/sim/calls/{sid}") as answer:
            if answer.status == 404:
                return {"intent": "", "personality": "forgotten", "callback_at": None, "ended_at": None}
            callee: dict[str, Any] = await answer.json()
            return callee

    async def _post(self, browser: aiohttp.ClientSession, action: str, data: dict[str, Any]) -> bool:
        """Send an action; a conflict means that the desk has moved on meanwhile, and the next look shows how."""
        cookies = browser.cookie_jar.filter_cookies(URL(self.floor.url))
        headers = {"X-CSRFToken": cookies["csrftoken"].value if "csrftoken" in cookies else ""}
        async with browser.post(f"{self.floor.desk}/{action}", json=data, headers=headers) as answer:
            if answer.status in {409, 422}:
                logger.debug("agent.refused", extra={"action": action, "answer": (await answer.text())[:200]})
                return answer.status == 409
            answer.raise_for_status()
            return True

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.floor.speed)


async def staff(agents: Sequence[SimulatedAgent]) -> None:
    """Let the agents work until cancelled."""
    async with asyncio.TaskGroup() as group:
        for agent in agents:
            group.create_task(agent.work())
