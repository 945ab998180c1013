from django.apps import AppConfig
from django.core.checks import register

from apps.core.checks import SAFE_START, check_secrets


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        register(check_secrets, SAFE_START, deploy=True)
