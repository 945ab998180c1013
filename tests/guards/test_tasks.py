"""Every task names itself, its queue and its tenant; work is started by name after commit, at once."""

import ast
import inspect
import re
from functools import cache
from typing import Any

import pytest
from celery import current_app

from apps.core.queues import Queue
from apps.tenants.tasks import TenantTask
from tests.guards.sources import app_sources, calls

# Tasks without a tenant, and why.
TENANTLESS = {
    "floor.sweep_recordings": "wakes one task per tenant",
    "mail.sweep": "wakes one task per tenant",
    "dialer.tick": "wakes one task per tenant and campaign",
    "dialer.reconcile": "wakes one task per tenant",
    "leads.resume_imports": "wakes one task per tenant and import",
}


@cache
def own_tasks() -> dict[str, Any]:
    current_app.loader.import_default_modules()
    # The registry has no order of its own, and parallel runs must collect the same tests.
    return {name: task for name, task in sorted(current_app.tasks.items()) if not name.startswith("celery.")}


@pytest.mark.parametrize(("name", "task"), own_tasks().items(), ids=own_tasks())
def test_task_is_named_after_its_app_and_declares_a_queue(name: str, task: Any) -> None:
    assert task.__module__ == f"apps.{name.partition('.')[0]}.tasks"
    assert name.rpartition(".")[2] == task.__name__
    assert task.queue in {queue.value for queue in Queue}


@pytest.mark.parametrize(("name", "task"), own_tasks().items(), ids=own_tasks())
def test_task_works_for_one_tenant_or_is_listed(name: str, task: Any) -> None:
    assert isinstance(task, TenantTask) != (name in TENANTLESS)


@pytest.mark.parametrize(("name", "task"), own_tasks().items(), ids=own_tasks())
def test_task_takes_keywords_and_leaves_room_for_newer_messages(name: str, task: Any) -> None:
    kinds = {parameter.kind for parameter in inspect.signature(task.run).parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    assert inspect.Parameter.VAR_KEYWORD in kinds


def test_tenantless_list_is_not_stale() -> None:
    assert set(TENANTLESS) <= set(own_tasks())


def test_tenant_task_refuses_to_run_without_a_tenant() -> None:
    name = next(name for name in own_tasks() if name not in TENANTLESS)
    with pytest.raises(TypeError, match="integer tenant_id"):
        current_app.tasks[name](tenant_id=None)


def test_every_enqueued_name_is_a_task_and_its_arguments_fit() -> None:
    wrong = []
    for place, call in calls():
        if not (isinstance(call.func, ast.Name) and call.func.id == "enqueue" and call.args):
            continue
        name = call.args[0]
        if not isinstance(name, ast.Constant):
            continue  # a variable, see the next test
        task = own_tasks().get(name.value)
        given = {keyword.arg for keyword in call.keywords}
        if task is None or not given <= set(inspect.signature(task.run).parameters):
            wrong.append(f"{place}: {name.value}")
    assert wrong == []


def test_every_name_of_a_task_in_a_service_that_chooses_among_tasks_exists() -> None:
    choosers = {
        place.partition(":")[0]
        for place, call in calls()
        if isinstance(call.func, ast.Name) and call.func.id == "enqueue" and not isinstance(call.args[0], ast.Constant)
    }
    named = {
        node.value
        for path in choosers - {"apps/core/jobs.py"}
        for node in ast.walk(app_sources()[path])
        if isinstance(node, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z]+_[a-z_]+", str(node.value))
    }
    assert named - set(own_tasks()) == set()


def test_beat_starts_existing_tasks_on_known_queues() -> None:
    for entry in current_app.conf.beat_schedule.values():
        assert entry["task"] in own_tasks()
        assert entry["options"]["queue"] in {queue.value for queue in Queue}


def test_no_job_is_put_off_in_the_broker() -> None:
    """A delayed message can be lost or come late; what is due stands in a row that a tick reads."""
    delayed = [place for place, call in calls() for keyword in call.keywords if keyword.arg in {"eta", "countdown"}]
    assert delayed == []


def test_only_enqueue_talks_to_the_broker() -> None:
    direct = [
        place
        for place, call in calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"delay", "apply_async", "send_task"}
        and not place.startswith("apps/core/jobs.py")
    ]
    assert direct == []
