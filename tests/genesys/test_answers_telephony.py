"""The documented answers about stations, phones, numbers and forwarding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import responses

from offboarding.genesys.errors import NotThere, NotUnderstood, ReadAgain
from offboarding.genesys.records import Contact, Ref
from offboarding.genesys.records.holdings import (
    CallForwarding,
    CallTarget,
    Did,
    Phone,
    Station,
    Stations,
    VoicemailPolicy,
)
from tests.genesys.answers import Read, answers, asked, client, page, reads, sent
from tests.genesys.conftest import API

PHONES = "/api/v2/telephony/providers/edges/phones"
DIDS = "/api/v2/telephony/providers/edges/dids"
PHONE = {"id": "ph-1", "name": "Jane's phone", "state": "active", "webRtcUser": {"id": "p-1"}, "standAlone": False}
DID = {"id": "d-1", "phoneNumber": "+4930123", "owner": {"id": "p-1", "name": "Jane"}, "ownerType": "USER"}
FORWARDING = {
    "enabled": True,
    "phoneNumber": "+1",
    "calls": [
        {"targets": [{"type": "STATION", "value": "s-1"}]},
        {"targets": [{"type": "PHONENUMBER", "value": "+2"}]},
    ],
    "voicemail": "PURECLOUD",
}

READS: list[Read] = [
    (
        "/api/v2/users/p-1/station",
        lambda: client.get_user_station("p-1"),
        {"associatedStation": {"id": "s-1", "name": "Desk 1", "type": "inin_webrtc_softphone"}},
        Stations(associated=Station("s-1", "Desk 1", "inin_webrtc_softphone")),
        ("associatedStation.id",),
    ),
    (
        PHONES,
        lambda: client.get_telephony_providers_edges_phones(web_rtc_user_id="p-1"),
        page(PHONE),
        (Phone("ph-1", "Jane's phone", "active", Ref("p-1"), False),),
        ("entities.0.id", "entities.0.webRtcUser", "pageCount"),
    ),
    (
        DIDS,
        lambda: client.get_telephony_providers_edges_dids(owner_id="p-1"),
        page(DID),
        (Did("d-1", "+4930123", Ref("p-1", "Jane"), "USER"),),
        ("entities.0.id", "entities.0.phoneNumber", "entities.0.owner.id"),
    ),
    (
        "/api/v2/users/p-1/callforwarding",
        lambda: client.get_user_callforwarding("p-1"),
        FORWARDING,
        CallForwarding(True, (CallTarget("STATION", "s-1"), CallTarget("PHONENUMBER", "+2")), "PURECLOUD"),
        ("enabled", "calls.1.targets.0.value"),
    ),
    (
        "/api/v2/voicemail/userpolicies/p-1",
        lambda: client.get_voicemail_userpolicy("p-1"),
        {"enabled": True, "pin": "1234", "sendEmailNotifications": True},
        VoicemailPolicy(True, True),
        ("enabled",),
    ),
]


@responses.activate
@pytest.mark.parametrize("read", READS, ids=[read[0] for read in READS])
def test_a_documented_answer_is_read_and_a_missing_field_is_named(read: Read) -> None:
    reads(read)


@responses.activate
def test_words_that_are_not_documented_yet_are_kept() -> None:
    answers("GET", DIDS, page({**DID, "ownerType": "ROBOT"}))
    answers("GET", "/api/v2/users/p-1/callforwarding", {**FORWARDING, "voicemail": "TAPE"})
    assert client.get_telephony_providers_edges_dids(owner_id="p-1")[0].owner_type == "ROBOT"
    assert client.get_user_callforwarding("p-1").voicemail == "TAPE"


@responses.activate
def test_pins_are_not_kept() -> None:
    answers("GET", "/api/v2/voicemail/userpolicies/p-1", {"enabled": True, "pin": "1234"})
    assert "1234" not in repr(client.get_voicemail_userpolicy("p-1"))


@responses.activate
def test_a_person_without_a_station_has_none() -> None:
    answers("GET", "/api/v2/users/p-1/station", {})
    assert client.get_user_station("p-1") == Stations()


@responses.activate
def test_phones_and_numbers_are_asked_for_by_their_person_page_bypage() -> None:
    answers("GET", PHONES, page(PHONE, count=2), page({**PHONE, "id": "ph-2"}, number=2, count=2))
    answers("GET", DIDS, page(DID))
    assert [each.id for each in client.get_telephony_providers_edges_phones(web_rtc_user_id="p-1")] == ["ph-1", "ph-2"]
    client.get_telephony_providers_edges_dids(owner_id="p-1")
    assert asked(1) == {"webRtcUser.id": "p-1", "fields": "webRtcUser", "pageNumber": "2", "pageSize": "100"}
    assert asked(2)["owner.id"] == "p-1"


@responses.activate
def test_a_listing_that_names_somebody_elses_contradicts_the_question() -> None:
    """A phone is deleted for good: nobody's is taken for the person's because a filter came to nothing."""
    answers("GET", PHONES, page(PHONE, {**PHONE, "id": "ph-2", "webRtcUser": {"id": "p-2"}}))
    answers("GET", DIDS, page({**DID, "owner": {"id": "p-2"}}))
    with pytest.raises(NotUnderstood, match=r"ph-2 .* webRtcUser"):
        client.get_telephony_providers_edges_phones(web_rtc_user_id="p-1")
    with pytest.raises(NotUnderstood, match=r"d-1 .* owner"):
        client.get_telephony_providers_edges_dids(owner_id="p-1")


@responses.activate
def test_forwarding_is_switched_off_and_nothing_else_is_sent() -> None:
    answers("PATCH", "/api/v2/users/p-1/callforwarding", {**FORWARDING, "enabled": False})
    assert client.patch_user_callforwarding("p-1", enabled=False).enabled is False
    assert sent() == {"enabled": False}


@responses.activate
def test_a_number_is_freed_by_sending_the_other_addresses_as_they_were() -> None:
    user = {"id": "p-1", "name": "Jane", "state": "active", "version": 7}
    kept = {"mediaType": "EMAIL", "type": "WORK", "address": "jane@example.com", "display": "Jane"}
    phone = {"mediaType": "PHONE", "type": "WORK", "extension": "4711", "countryCode": "DE", "integration": "extension"}
    did = {"mediaType": "PHONE", "type": "WORK2", "address": "+4930123"}
    answers("GET", "/api/v2/users/p-1", {**user, "addresses": [kept, phone, did]}, user)
    answers("PATCH", "/api/v2/users/p-1", {**user, "version": 8, "addresses": [kept, phone]})
    person = client.get_user("p-1")
    others = [each for each in person.addresses or () if each.address != "+4930123"]
    after = client.patch_user("p-1", addresses=others, version=7)
    assert sent(1) == {"addresses": [kept, phone], "version": 7}
    assert (
        after.addresses
        == tuple(others)
        == (
            Contact("EMAIL", "WORK", "jane@example.com", "Jane"),
            Contact("PHONE", "WORK", extension="4711", country_code="DE", integration="extension"),
        )
    )
    assert client.get_user("p-1").addresses is None


@responses.activate
def test_addresses_of_an_older_version_are_read_again() -> None:
    answers("PATCH", "/api/v2/users/p-1", {"code": "general.conflict", "status": 400}, status=400)
    with pytest.raises(ReadAgain):
        client.patch_user("p-1", addresses=[], version=1)


@responses.activate
@pytest.mark.parametrize(
    ("path", "status", "end"),
    [
        ("/api/v2/routing/users/p-1/utilization", 200, lambda: client.delete_routing_user_utilization("p-1")),
        (
            "/api/v2/routing/users/p-1/directroutingbackup/settings",
            204,
            lambda: client.delete_routing_user_directroutingbackup_settings("p-1"),
        ),
        (
            "/api/v2/users/p-1/station/associatedstation",
            202,
            lambda: client.delete_user_station_associatedstation("p-1"),
        ),
        ("/api/v2/users/p-1/station/defaultstation", 202, lambda: client.delete_user_station_defaultstation("p-1")),
        (
            "/api/v2/telephony/providers/edges/phones/ph-1",
            200,
            lambda: client.delete_telephony_providers_edges_phone("ph-1"),
        ),
    ],
)
def test_an_end_needs_no_body_and_a_second_one_is_not_there(path: str, status: int, end: Callable[[], Any]) -> None:
    responses.delete(f"{API}{path}", status=status)
    end()
    responses.reset()
    answers("DELETE", path, {"code": "general.resource.not.found", "status": 404}, status=404)
    with pytest.raises(NotThere):
        end()
