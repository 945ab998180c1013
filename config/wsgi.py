"""WSGI entry point; production runs it inside `config.front`."""

import os

from django.core.wsgi import get_wsgi_application

from config.startup import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
application = get_wsgi_application()
refuse_unsafe_start()
