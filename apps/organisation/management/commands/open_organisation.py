"""Opens an organisation and prints the invitation of its owner."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from apps.core import clock
from apps.organisation.errors import SlugTakenError
from apps.organisation.forms import OpeningForm
from apps.organisation.services.opening import open_organisation


class Command(BaseCommand):
    help = (
        "Opens an organisation and prints a link with which its owner makes an account; it is good once and for a week. "
        "While nobody has joined, the same command prints a new link. Exit code 0: done. 2: something to correct, named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name in addresses, such as acme")
        parser.add_argument("name", help="full name, such as 'Acme Windows'")
        parser.add_argument("owner_email", help="address of the person who is to own it")
        parser.add_argument("--legal-profile", default="COMMERCIAL", type=str.upper, help="default: commercial")
        parser.add_argument("--country", dest="countries", action="append", type=str.upper, help="default: US")
        parser.add_argument("--time-zone", default="America/New_York", help="default: America/New_York")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        form = OpeningForm({**options, "countries": options["countries"] or ["US"]})
        if not form.is_valid():
            faults = [
                f"{name}: {fault['message']}"
                for name, all_of in form.errors.get_json_data().items()
                for fault in all_of
            ]
            raise CommandError("\n".join(faults), returncode=2)
        try:
            tenant, token = open_organisation(**form.cleaned_data, at=clock.now())
        except SlugTakenError as error:
            raise CommandError(error.message, returncode=2) from error
        link = settings.PUBLIC_BASE_URL.rstrip("/") + reverse("invitations:accept", args=[token])
        self.stdout.write(f"{tenant.name} is open. Its owner, {form.cleaned_data['owner_email']}, joins here:\n{link}")
