from django.apps import AppConfig
from django.core.checks import register

from apps.core.checks import check_secrets


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        register(check_secrets, deploy=True)
