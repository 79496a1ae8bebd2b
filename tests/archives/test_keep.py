"""What of a conversation is kept: only what was chosen changes, and nothing that was sent is touched."""

from __future__ import annotations

import copy

import pytest

from offboarding.archives.keep import Keep

SENT = {
    "conversationId": "c-1",
    "participants": [
        {
            "purpose": "customer",
            "participantName": "Jane Doe",
            "attributes": {"account": "4711"},
            "sessions": [
                {
                    "mediaType": "voice",
                    "remote": "Jane",
                    "ani": "tel:+4930123456",
                    "dnis": "tel:+4930999",
                    "segments": [{}],
                }
            ],
        },
        {
            "purpose": "agent",
            "participantName": "Ada",
            "attributes": {"note": "x"},
            "sessions": [{"addressOther": "jane@example.test", "addressSelf": "desk@example.test"}],
        },
    ],
}


def test_without_a_choice_only_attributes_are_left_out():
    kept = Keep().of(SENT)
    assert [each.pop("attributes", None) for each in kept["participants"]] == [None, None]
    assert kept["participants"][0] == {k: v for k, v in SENT["participants"][0].items() if k != "attributes"}


def test_everything_can_be_kept():
    assert Keep(attributes=True).of(SENT) == SENT


def test_masked_shows_no_customer_in_any_session():
    text = str(Keep(attributes=False, masked=True).of(SENT))
    assert not [secret for secret in ("Jane", "4930123456", "4930999", "jane@", "4711") if secret in text]
    assert "Ada" in text and "desk@example.test" in text


def test_masked_shows_no_customer_who_is_called_back_or_writes_from_their_own_end():
    sessions = [
        {"mediaType": "callback", "callbackNumbers": ["tel:+4930123456"], "callbackUserName": "Jane Doe"},
        {"mediaType": "video", "remoteNameDisplayable": "Jane D.", "videoAddressSelf": "desk-7"},
    ]
    own = {"addressSelf": "jane@example.test", "screenShareAddressSelf": "jane-2", "videoAddressSelf": "jane-3"}
    sent = [{"purpose": "agent", "sessions": sessions}, {"purpose": "customer", "sessions": [own]}]
    text = str(Keep(masked=True).of({"participants": sent})).casefold()
    assert "jane" not in text and "4930123456" not in text
    assert "desk-7" in text


def test_what_was_sent_is_not_changed():
    before = copy.deepcopy(SENT)
    Keep(masked=True).of(SENT)
    assert before == SENT


@pytest.mark.parametrize(
    "odd", [{}, {"participants": None}, {"participants": ["x"]}, {"participants": [{"sessions": 1}]}]
)
def test_another_shape_stays_as_sent(odd):
    assert Keep(masked=True).of(odd) == odd
