from django.apps import AppConfig
from django.core.checks import Tags, register

from apps.core.checks import SAFE_START
from apps.tenants.checks import check_runtime_role


class TenantsConfig(AppConfig):
    name = "apps.tenants"

    def ready(self) -> None:
        register(check_runtime_role, Tags.database, SAFE_START, deploy=True)
