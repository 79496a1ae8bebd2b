"""With GENESYS_READ_ONLY every kind of page says that nothing which changes Genesys can leave."""

from __future__ import annotations

import pytest

from tests import states
from tests.views.conftest import words_of
from tests.views.test_ask import ANSWERS

pytestmark = pytest.mark.django_db
SAID = "Read only. Search, plan and approve work; nothing that changes Genesys can leave."
PAGES = {
    "staff": ("/", "/people/", "/people/?q=an", "{person}", "{person}duties/", "{person}request/", "/requests/"),
    "approver": ("/", "/requests/", "/requests/{asked}/"),
    "auditor": ("/history/", "/history/1/"),
    "admin": ("/settings/",),
}


@pytest.mark.parametrize("role", PAGES)
def test_every_kind_of_page_says_so(role, client, make_actor, sandbox, settings):
    asked = states.awaiting_decision(make_actor("sam", "staff")).pk
    person = f"/people/{sandbox.person()['id']}/"
    client.force_login(make_actor("actor", role))
    for read_only in (False, True):
        settings.GENESYS_READ_ONLY = read_only
        for page in PAGES[role]:
            words = words_of(client.get(page.format(person=person, asked=asked)))
            assert (SAID in words) is read_only, page
    if role == "staff":
        assert SAID in words_of(client.post(f"{person}request/", {"step": "check", **ANSWERS}))
