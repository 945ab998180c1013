from django.apps import AppConfig
from django.core.checks import register

from apps.compliance.checks import check_rulebook, check_zone_data


class ComplianceConfig(AppConfig):
    name = "apps.compliance"

    def ready(self) -> None:
        register(check_rulebook, deploy=True)
        register(check_zone_data, deploy=True)
