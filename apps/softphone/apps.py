from django.apps import AppConfig


class SoftphoneConfig(AppConfig):
    name = "apps.softphone"
