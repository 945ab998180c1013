"""The watch behind the live pages, on a loop of its own and without a database."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404

from apps.accounts.models import Role
from apps.core.streams import BACKLOG, Listener
from apps.reports import live
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.conformance.running import PATIENCE


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(live, "close_old_connections", lambda: None)


def looks(*values: Mapping[str, Any]) -> live.Look:
    """A look that sees each of `values` in turn and then the last for ever."""
    rest = list(values)
    return lambda: rest.pop(0) if len(rest) > 1 else rest[0]


async def take(messages: AsyncIterator[bytes], n: int) -> list[dict[str, Any]]:
    """The next `n` messages that carry values, pings left out."""
    taken: list[dict[str, Any]] = []
    while len(taken) < n:
        message = await asyncio.wait_for(anext(messages), PATIENCE)
        if message.startswith(b"data: "):
            taken.append(json.loads(message.removeprefix(b"data: ")))
    return taken


def test_stream_begins_with_a_proof_of_life() -> None:
    async def first() -> bytes:
        return await anext(live.Watch(looks({})).messages())

    assert asyncio.run(first()).startswith(b"event: ping\ndata: ")


def test_watch_sends_all_at_first_and_then_what_changed() -> None:
    watch = live.Watch(looks({"dialled": 1, "state": "RUNNING"}, {"dialled": 2, "state": "RUNNING"}))

    async def two() -> list[dict[str, Any]]:
        return await take(watch.messages(), 2)

    assert asyncio.run(two()) == [
        {"dialled": 1, "state": "RUNNING", "refresh": []},
        {"dialled": 2, "refresh": ["attempts"]},
    ]


def test_watch_rests_when_nobody_listens() -> None:
    watch = live.Watch(looks({"dialled": 1}))

    async def listen_and_leave() -> tuple[int, bool]:
        messages = watch.messages()
        await take(messages, 1)
        await messages.aclose()
        return len(watch.listeners), watch._task is None

    assert asyncio.run(listen_and_leave()) == (0, True)


def test_two_pages_share_one_watch() -> None:
    watch = live.Watch(looks({"dialled": 1}))

    async def both() -> tuple[list[list[dict[str, Any]]], int]:
        pages = [watch.messages(), watch.messages()]
        first = [await anext(page) for page in pages]
        return [await take(page, 1) for page in pages], len(first)

    assert asyncio.run(both()) == ([[{"dialled": 1, "refresh": []}]] * 2, 2)


def test_stream_ends_when_the_database_fails_so_that_the_page_connects_again() -> None:
    def fails() -> Mapping[str, Any]:
        raise DatabaseError("gone")

    async def all_of_it() -> list[bytes]:
        return [message async for message in live.Watch(fails).messages()]

    assert [message[:12] for message in asyncio.run(all_of_it())] == [b"event: ping\n"]


def test_slow_page_loses_the_oldest_messages() -> None:
    async def overflow() -> list[bytes]:
        listener = Listener()
        for n in range(BACKLOG + 2):
            listener.offer(str(n).encode())
        listener.offer(None)
        return [message async for message in listener.messages()]

    received = asyncio.run(overflow())
    assert (received[1], received[-1]) == (b"3", str(BACKLOG + 1).encode())


def test_stream_ends_after_a_while_so_that_rights_are_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.core.streams.STREAM_SECONDS", 0.0)

    async def all_of_it() -> list[bytes]:
        return [message async for message in live.Watch(looks({"dialled": 1})).messages()]

    assert len(asyncio.run(all_of_it())) == 1


def test_campaign_stream_is_for_members_who_see_campaigns(tenant: Tenant) -> None:
    campaign = factories.CampaignFactory.create()
    manager = factories.MembershipFactory.create(role=Role.MANAGER).user
    assert live._authorise(manager, "acme", campaign.id) == live.Topic(tenant.id, campaign.id)


def test_campaign_stream_is_refused_to_an_agent(tenant: Tenant) -> None:
    agent = factories.MembershipFactory.create(role=Role.AGENT).user
    with pytest.raises(PermissionDenied):
        live._authorise(agent, "acme", 0)


def test_stream_of_another_tenant_does_not_exist(tenant: Tenant, other_tenant: Tenant) -> None:
    manager = factories.MembershipFactory.create(role=Role.MANAGER).user
    with tenant_scope(other_tenant.id):
        campaign = factories.CampaignFactory.create()
    for slug, campaign_id in (("other", 0), ("other", campaign.id), ("acme", campaign.id), ("nowhere", 0)):
        with pytest.raises(Http404):
            live._authorise(manager, slug, campaign_id)


def test_second_factor_is_asked_for_streams_too(tenant: Tenant) -> None:
    Tenant.objects.filter(id=tenant.id).update(is_mfa_required=True)
    manager = factories.MembershipFactory.create(role=Role.MANAGER).user
    with pytest.raises(PermissionDenied):
        live._authorise(manager, "acme", 0)
