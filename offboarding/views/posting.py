"""Addresses that forms post to, and that a browser asks for all the same: on a reload, or after signing in again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def post_only(page: str, *kept: str) -> Callable[[View[P]], View[P]]:
    """The view answers POST alone; GET and HEAD do nothing and lead to `page`, the one that the form is on.

    `kept` are the arguments of the address that the page's own address takes. The page asks access itself.
    """

    def around(view: View[P]) -> View[P]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            return HttpResponseRedirect(reverse(page, kwargs={name: kwargs[name] for name in kept}))

        return answer

    return around
