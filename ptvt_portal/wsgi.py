"""The web application, as the server in front of it calls it."""

import os

from django.core.wsgi import get_wsgi_application

from ptvt_portal import production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptvt_portal.settings")

application = get_wsgi_application()
production.refuse_demo_accounts()
production.warn_without_mail_server()
