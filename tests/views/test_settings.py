"""The settings: the connection test against the sandbox and against nobody, protections, accounts."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from offboarding import connection, tasks
from offboarding.actions.errors import Refused
from offboarding.audit.times import utc_words
from offboarding.models import AuditRecord, Hold, ProtectionRule
from tests.flows import request_for
from tests.views.conftest import text_of, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(admin, client):
    cache.clear()
    client.force_login(admin)
    return client


def somebody(sandbox) -> dict:
    return next(each for each in sandbox.people() if each["state"] == "active")


def after_a_test(client):
    """The page that the test of the connection leads back to."""
    answer = client.post(reverse("connection_test"))
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("settings"))
    return client.get(reverse("settings"))


def place(client, **changes):
    return client.post(reverse("hold_place"), {"kind": "protected", "reason": "Case 12", **changes})


@pytest.mark.parametrize(
    ("ahead", "told"), [(25 * 60, "is 25 minutes"), (-7_200, "is 120 minutes"), (20, None), (-20, None)]
)
def test_the_connection_test_tells_that_the_clocks_differ(sandbox, settled, ahead, told):
    sandbox.faults({"skew": ahead, "times": None})
    words = words_of(after_a_test(settled))
    said = AuditRecord.objects.latest("sequence").data["result"]
    if told is None:
        assert "clock" not in words and "clock" not in said
        return
    side = "behind that of Genesys Cloud" if ahead > 0 else "ahead of that of Genesys Cloud"
    for text in (words, said):
        assert f"his machine's clock {told}" in text and side in text
    assert "Set it, best by NTP" in words


def test_the_connection_test_names_the_org_that_answered_and_is_recorded(sandbox, settled):
    response = after_a_test(settled)
    assert response.status_code == 200
    result = response.context["connection"]
    assert result.org_id
    assert "answered just now" in words_of(settled.get(reverse("home")))
    assert f"{result.org_name} answered" in words_of(response)
    line = AuditRecord.objects.get()
    assert (line.action, line.outcome, line.data["result"]) == (
        "connection.tested",
        "done",
        f"{result.org_name} answered",
    )


def test_with_every_permission_everything_works(sandbox, settled):
    words = words_of(after_a_test(settled))
    assert "Every permission is granted:" in words
    assert "Will not work" not in words
    assert "division" not in words


def test_a_missing_permission_says_what_will_not_work_and_is_recorded(sandbox, settled):
    sandbox.remove_permissions("oauth:token:delete", "routing:language:assign", "routing:skill:assign")
    words = words_of(after_a_test(settled))
    assert "Signing out everywhere — needs oauth:token:delete" in words
    assert "Clearing languages — needs routing:language:assign or routing:skill:assign" in words
    assert "Works: " in words
    line = AuditRecord.objects.get()
    assert line.outcome == "done"
    assert line.data["result"].endswith(
        "answered; missing permissions: oauth:token:delete, routing:skill:assign, "
        "routing:language:assign or routing:skill:assign"
    )


def test_divisions_that_no_grant_covers_are_named_and_recorded(sandbox, settled):
    sandbox.grant_in("Home", "Europe North", "Europe South")
    words = words_of(after_a_test(settled))
    assert "are granted in Home, Europe North, Europe South." in words
    assert "Not covered: North America, Asia Pacific, Back Office." in words
    assert "in the covered divisions" in words
    assert "not covered: North America, Asia Pacific, Back Office" in AuditRecord.objects.get().data["result"]


def test_grants_in_each_division_of_today_do_not_cover_one_made_later(sandbox, settled):
    sandbox.grant_in("Home", "Europe North", "Europe South", "North America", "Asia Pacific", "Back Office")
    words = words_of(after_a_test(settled))
    assert "A division made later is not covered" in words
    assert "Not covered:" not in words


def test_a_client_without_a_role_is_told_that_nothing_works(sandbox, settled):
    sandbox.grant_in()
    words = words_of(after_a_test(settled))
    assert "No role is granted to the OAuth client." in words
    assert "Deleting through SCIM — needs directory:user:delete" in words
    assert "Works:" not in words


def test_grants_that_cannot_be_read_are_never_called_well(sandbox, settled):
    sandbox.remove_permissions("authorization:grant:view")
    words = words_of(after_a_test(settled))
    assert "What the OAuth client may do is not known" in words
    assert "Give its role authorization:grant:view in every division" in words
    assert "Every permission" not in words
    assert "the permissions are not known" in AuditRecord.objects.get().data["result"]


def test_read_only_is_said_on_the_page(settled, settings):
    assert "GENESYS_READ_ONLY" not in words_of(settled.get(reverse("settings")))
    settings.GENESYS_READ_ONLY = True
    assert "GENESYS_READ_ONLY is set" in words_of(settled.get(reverse("settings")))


def test_a_wrong_secret_says_what_to_verify(sandbox, settled, settings):
    settings.GENESYS_CLIENT_SECRET = "wrong"
    words = words_of(after_a_test(settled))
    assert "Verify GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET" in words
    assert AuditRecord.objects.get().outcome == "failed"


def test_genesys_that_cannot_be_reached_says_what_to_check(settled, settings):
    settings.GENESYS_DOMAIN = "http://127.0.0.1:9"
    words = words_of(after_a_test(settled))
    assert "Check that this machine reaches the internet" in words
    assert AuditRecord.objects.get().outcome == "failed"


def test_what_a_worker_saw_at_its_start_stands_on_the_page(sandbox, settled, settings):
    words = words_of(settled.get(reverse("settings")))
    assert "Looked at" not in words and "Nobody has looked yet" in words
    sandbox.remove_permissions("oauth:token:delete")
    tasks.look()
    calls = len(sandbox.calls())
    words = words_of(settled.get(reverse("settings")))
    assert utc_words(connection.kept().at) in words
    assert "when a worker started, or somebody tested the connection" in words and "to look again" in words
    assert "Signing out everywhere — needs oauth:token:delete" in words
    assert len(sandbox.calls()) == calls
    assert not AuditRecord.objects.exists()
    settings.GENESYS_CLIENT_ID = "another"
    assert "Looked at" not in words_of(settled.get(reverse("settings")))


def test_what_a_test_saw_takes_the_place_of_what_the_worker_saw(sandbox, settled):
    sandbox.remove_permissions("oauth:token:delete")
    tasks.look()
    sandbox.restore_permissions("oauth:token:delete")
    words = words_of(after_a_test(settled))
    assert "Looked at just now" in words and "Every permission is granted:" in words


def test_a_look_at_the_start_that_fails_is_told_with_its_remedy(sandbox, settled, settings):
    sandbox.faults({"path": "/tokens/me$", "status": 503, "times": None, "headers": {"Retry-After": "60"}})
    tasks.look()
    words = words_of(settled.get(reverse("settings")))
    assert "Genesys Cloud has trouble (it answered 503)" in words and "Looked at just now" in words


def test_in_the_articles_dialect_nothing_is_looked_at_at_the_start(sandbox, settled, settings):
    settings.GENESYS_API_STYLE = "article"
    tasks.look()
    assert sandbox.calls(method="GET") == []
    assert "Looked at" not in words_of(settled.get(reverse("settings")))


def test_looking_at_the_settings_asks_nobody(sandbox, settled):
    calls = len(sandbox.calls())
    assert settled.get(reverse("settings")).status_code == 200
    assert len(sandbox.calls()) == calls


def test_the_endpoint_is_shown_by_its_host_alone(settled, settings):
    settings.DEPROVISION_WEBHOOK_URL = "https://user:pass@hooks.example.test:8443/secret/path?token=abc"
    text = text_of(settled.get(reverse("settings")))
    assert "hooks.example.test:8443" in text
    for secret in ("pass", "secret/path", "abc"):
        assert secret not in text.partition('id="webhook-title"')[2].partition("</section>")[0]


@pytest.mark.parametrize("typo", ["http://hooks.example.test:port/", "http://[::1/"])
def test_an_address_that_is_none_does_not_end_the_page(typo, settled, settings):
    settings.DEPROVISION_WEBHOOK_URL = typo
    assert "Messages go to not an address , set in DEPROVISION" in words_of(settled.get(reverse("settings")))


def test_a_person_is_protected_by_id_or_by_e_mail_under_the_name_genesys_knows(sandbox, settled):
    person = somebody(sandbox)
    assert place(settled, person=person["email"]).status_code == 302
    assert place(settled, person=person["id"], kind="legal_hold", review_on="2099-01-01").status_code == 302
    kept = {(hold.person_id, hold.person_name, hold.kind) for hold in Hold.objects.all()}
    assert kept == {(person["id"], person["name"], "legal_hold"), (person["id"], person["name"], "protected")}
    assert "hold.placed" in set(AuditRecord.objects.values_list("action", flat=True))
    assert person["name"] in words_of(settled.get(reverse("settings")))


@pytest.mark.parametrize(
    ("day", "status", "told"),
    [
        ("", 409, "A legal hold needs a day on which it is reviewed."),
        ("2020-01-01", 409, "Give a day that is still to come"),
        ("soon", 400, "Give the day as 2027-03-31."),
    ],
)
def test_a_legal_hold_needs_a_day_of_review(sandbox, settled, day, status, told):
    response = place(settled, person=somebody(sandbox)["id"], kind="legal_hold", review_on=day)
    assert (response.status_code, told in words_of(response)) == (status, True)
    assert not Hold.objects.exists()


def test_whoever_placed_a_legal_hold_cannot_release_it(sandbox, settled, make_actor):
    place(settled, person=somebody(sandbox)["id"], kind="legal_hold", review_on="2099-03-31")
    assert "to be reviewed on 31 Mar 2099" in words_of(settled.get(reverse("settings")))
    release = reverse("hold_release", args=[Hold.objects.get().pk])
    refused = settled.post(release, {"reason": "Case closed"})
    assert (refused.status_code, Hold.objects.get().released_at) == (409, None)
    assert "somebody else has to release it" in words_of(refused)
    settled.force_login(make_actor("other", "admin"))
    assert settled.post(release, {"reason": "Case closed"}).status_code == 302
    assert Hold.objects.get().released_at is not None


def test_the_database_refuses_the_own_release_too(sandbox, settled, admin):
    place(settled, person=somebody(sandbox)["id"], kind="legal_hold", review_on="2099-03-31")
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.update(released_by=admin, released_at=timezone.now())


def test_a_mistyped_id_protects_nobody_and_says_so(sandbox, settled):
    response = place(settled, person="00000000-0000-4000-8000-000000000000")
    assert response.status_code == 400
    assert "Nobody in this org has the id" in words_of(response)
    assert "Case 12" in text_of(response)
    assert not Hold.objects.exists()


@pytest.mark.parametrize("missing", ["person", "reason", "kind"])
def test_a_form_that_is_not_filled_in_is_a_bad_request(missing, settled):
    fields = {"person": "x@example.test", missing: ""}
    assert place(settled, **fields).status_code == 400
    assert not Hold.objects.exists()


def test_protecting_twice_is_refused_with_words(sandbox, settled):
    person = somebody(sandbox)
    place(settled, person=person["id"])
    response = place(settled, person=person["id"])
    assert response.status_code == 409
    assert "is already protected this way." in words_of(response)
    assert Hold.objects.count() == 1


def test_without_genesys_nobody_is_protected_by_guess(settled, settings):
    settings.GENESYS_DOMAIN = "http://127.0.0.1:9"
    response = place(settled, person="22222222-0000-4000-8000-000000000001")
    assert response.status_code == 502
    assert "Nothing was changed." in words_of(response)
    assert not Hold.objects.exists()


def test_a_protection_is_released_and_a_request_is_possible_again(sandbox, settled, staff):
    person = somebody(sandbox)
    place(settled, person=person["id"])
    hold = Hold.objects.get()
    without_a_reason = settled.post(reverse("hold_release", args=[hold.pk]))
    assert (without_a_reason.status_code, "Say why" in words_of(without_a_reason)) == (400, True)
    assert Hold.objects.get().released_at is None
    assert settled.post(reverse("hold_release", args=[hold.pk]), {"reason": "Case closed"}).status_code == 302
    hold.refresh_from_db()
    assert hold.released_by_name == "Root (root)"
    line = AuditRecord.objects.order_by("-sequence").first()
    assert (line.action, line.data["reason"]) == ("hold.released", "Case closed")
    assert "Nobody is protected." in words_of(settled.get(reverse("settings")))


def test_a_protection_stops_a_request(sandbox, settled, staff):
    person = somebody(sandbox)
    place(settled, person=person["id"])
    with pytest.raises(Refused, match="Case 12"):
        request_for(staff, person["id"])


def test_a_rule_is_made_listed_and_ended(sandbox, settled):
    made = settled.post(reverse("rule_make"), {"kind": "group", "value": "Team Leads", "reason": "Works council"})
    assert made.status_code == 302
    words = words_of(settled.get(reverse("settings")))
    assert "Everybody with the group Team Leads is protected." in words and "Team Leads Group Works council" in words
    (rule,) = ProtectionRule.objects.all()
    end = reverse("rule_end", args=[rule.pk])
    assert settled.post(end, {"reason": ""}).status_code == 400
    assert settled.post(end, {"reason": "No council any more"}).status_code == 302
    assert "Always, and without a rule here: nobody asks for, or decides on, their own deletion." in words
    assert "There is no rule." in words_of(settled.get(reverse("settings")))


@pytest.mark.parametrize("missing", ["kind", "value", "reason"])
def test_a_rule_that_is_not_complete_is_a_bad_request(sandbox, settled, missing):
    fields = {"kind": "role", "value": "admin", "reason": "x"} | {missing: ""}
    assert settled.post(reverse("rule_make"), fields).status_code == 400
    assert not ProtectionRule.objects.exists()


def test_the_same_rule_twice_is_refused_with_words(sandbox, settled):
    fields = {"kind": "role", "value": "admin", "reason": "x"}
    settled.post(reverse("rule_make"), fields)
    again = settled.post(reverse("rule_make"), fields)
    assert (again.status_code, "There is such a rule already." in words_of(again)) == (409, True)


def test_accounts_and_roles_are_listed(staff, settled):
    words = words_of(settled.get(reverse("settings")))
    assert "sam sam@example.test staff" in words
    assert "root root@example.test admin" in words


@pytest.mark.parametrize("review_on", ["", "2020-01-31"])
def test_a_legal_hold_without_a_day_to_come_is_told_at_its_field(sandbox, settled, review_on):
    response = place(settled, person=somebody(sandbox)["id"], kind="legal_hold", review_on=review_on)
    assert response.status_code == 409
    assert response.context["hold_form"].errors["review_on"] == [
        "A legal hold needs a day on which it is reviewed. "
        "Give a day that is still to come: nobody should be held for ever by oversight."
    ]
    assert "A legal hold needs a day" in words_of(response)
