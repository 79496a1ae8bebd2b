"""The WSGI entry point of the web process. It does not start where demo accounts would meet a real org."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deprov_site.settings")
application = get_wsgi_application()

from offboarding.start import WrongDatabase, web_must_fit  # noqa: E402 - models need the applications

try:
    web_must_fit()
except WrongDatabase as wrong:
    print(wrong.problem, wrong.remedy, file=sys.stderr)
    # gunicorn ends as a whole, instead of starting the worker again and again, at this exit code of a worker.
    sys.exit(4)
