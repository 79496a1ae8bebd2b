"""Signing in and out. Five failures for one account from one address within five minutes make it wait."""

from __future__ import annotations

import hashlib
import time
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.cache import cache
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django_htmx.http import HttpResponseClientRedirect

from offboarding.actions.notes import note_failed_sign_in, note_sign_in

MOST_FAILURES = 5
WINDOW = 5 * 60
MUST_WAIT = "must_wait"

sign_out = LogoutView.as_view()


class SignInForm(AuthenticationForm):
    """Account and password; while the account must wait at this address, the password is not even looked at."""

    def clean(self) -> dict[str, Any]:
        wait = seconds_to_wait(self.request) if self.request else 0
        if wait:
            raise ValidationError(
                f"Too many attempts to sign in to this account. Wait {-(-wait // 60)} min, then try again. "
                "An administrator can set a new password.",
                code=MUST_WAIT,
            )
        return super().clean()


class SignIn(LoginView):
    """The sign-in page. Redirects stay on this host; 429 with Retry-After while an account must wait."""

    authentication_form = SignInForm
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; a polled part of a page whose session ended takes the whole page here, not into its panel."""
        if request.htmx:  # type: ignore[attr-defined]
            page = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
            return HttpResponseClientRedirect(f"{request.path}?{urlencode({'next': page})}")
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        cache.delete(_key(self.request))
        note_sign_in(self.request.user)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, MUST_WAIT):
            response.status_code = 429
            response.headers["Retry-After"] = str(seconds_to_wait(self.request))
        elif _typed_name(self.request):
            _count_failure(self.request)
            note_failed_sign_in(name=_typed_name(self.request))
        return response


def seconds_to_wait(request: HttpRequest) -> int:
    """How long this account has to wait at this address before the next try; 0 when it may try now."""
    failures = _failures(request)
    if len(failures) < MOST_FAILURES:
        return 0
    return max(1, int(failures[-MOST_FAILURES] + WINDOW - time.time()) + 1)


def _failures(request: HttpRequest) -> list[float]:
    since = time.time() - WINDOW
    return [at for at in cache.get(_key(request), []) if at > since]


def _count_failure(request: HttpRequest) -> None:
    cache.set(_key(request), [*_failures(request), time.time()], WINDOW)


def _key(request: HttpRequest) -> str:
    """Hashed, because a cache key must be short and plain, and what is typed is neither."""
    who = f"{_typed_name(request).casefold()}\n{request.META.get('REMOTE_ADDR', '')}"
    return f"sign-in:{hashlib.sha256(who.encode()).hexdigest()}"


def _typed_name(request: HttpRequest) -> str:
    return request.POST.get("username", "").strip()[:150]
