from typing import Any
from uuid import UUID

from celery import shared_task

from apps.agents.services import coaching, legs, lost_lines, sessions, target_legs, test_calls, voicemail
from apps.core import clock
from apps.core.queues import Queue
from apps.tenants.scope import tenant_scope
from apps.tenants.tasks import TenantTask


@shared_task(name="agents.connect_leg", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def connect_leg(*, tenant_id: int, session_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    legs.connect_leg(tenant_id=tenant_id, session_id=session_id, at=clock.now())


@shared_task(name="agents.end_leg", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def end_leg(*, tenant_id: int, session_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    legs.end_leg(tenant_id=tenant_id, session_id=session_id)


@shared_task(name="agents.move_leg", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def move_leg(*, tenant_id: int, session_id: int, sid: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    legs.move_leg(tenant_id=tenant_id, session_id=session_id, sid=sid, at=clock.now())


@shared_task(name="agents.retire_agent", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def retire_agent(*, tenant_id: int, user_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    with tenant_scope(tenant_id):
        sessions.retire_agent(user_id=user_id, at=clock.now())


@shared_task(name="agents.join_coach", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def join_coach(*, tenant_id: int, listening_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    coaching.join_coach(tenant_id=tenant_id, listening_id=listening_id, at=clock.now())


@shared_task(name="agents.end_coach", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def end_coach(*, tenant_id: int, listening_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    coaching.end_coach_leg(tenant_id=tenant_id, listening_id=listening_id)


@shared_task(name="agents.keep_person", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def keep_person(*, tenant_id: int, line_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    lost_lines.keep_person(tenant_id=tenant_id, line_id=line_id, at=clock.now())


@shared_task(name="agents.dial_target", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def dial_target(*, tenant_id: int, transfer_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    target_legs.dial_target(tenant_id=tenant_id, transfer_id=UUID(transfer_id), at=clock.now())


@shared_task(name="agents.hand_over", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def hand_over(*, tenant_id: int, transfer_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    target_legs.hand_over(tenant_id=tenant_id, transfer_id=UUID(transfer_id), at=clock.now())


@shared_task(name="agents.end_target", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def end_target(*, tenant_id: int, transfer_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    target_legs.end_target(tenant_id=tenant_id, transfer_id=UUID(transfer_id))


@shared_task(name="agents.refresh_target", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def refresh_target(*, tenant_id: int, transfer_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    target_legs.refresh_target(tenant_id=tenant_id, transfer_id=UUID(transfer_id), at=clock.now())


@shared_task(name="agents.take_off_hold", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def take_off_hold(*, tenant_id: int, attempt_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    target_legs.take_off_hold(tenant_id=tenant_id, attempt_id=UUID(attempt_id))


@shared_task(name="agents.fetch_person", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def fetch_person(*, tenant_id: int, attempt_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    target_legs.fetch_person(tenant_id=tenant_id, attempt_id=UUID(attempt_id))


@shared_task(name="agents.leave_voicemail", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def leave_voicemail(*, tenant_id: int, attempt_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    voicemail.leave_voicemail(tenant_id=tenant_id, attempt_id=UUID(attempt_id), at=clock.now())


@shared_task(name="agents.place_test_call", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def place_test_call(*, tenant_id: int, user_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    test_calls.place_test_call(tenant_id=tenant_id, user_id=user_id)


@shared_task(name="agents.forget_test_call", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def forget_test_call(*, tenant_id: int, sid: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    test_calls.forget_test_call(tenant_id=tenant_id, sid=sid)


@shared_task(name="agents.check_coach", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def check_coach(*, tenant_id: int, listening_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    coaching.check_coach(tenant_id=tenant_id, listening_id=listening_id, at=clock.now())
