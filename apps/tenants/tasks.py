"""The base of every task that works on one tenant's data."""

from typing import Any

from celery import Task


class TenantTask(Task[Any, Any]):
    """Refuses to run without a `tenant_id`; the task body opens its own short scopes with it."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - celery's own signature
        if not isinstance(kwargs.get("tenant_id"), int):
            raise TypeError(f"Task {self.name} needs an integer tenant_id and got {kwargs.get('tenant_id')!r}.")
        return super().__call__(*args, **kwargs)
