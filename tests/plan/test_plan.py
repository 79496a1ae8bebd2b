"""The plan: complete, in order, exact, and the same for the same holdings."""

from __future__ import annotations

import copy
import functools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboarding import plan
from offboarding.plan import Holding, Source
from offboarding.steps import ARTICLE_ORDER, PIPELINE
from tests.builders import INTERVAL, PERSON, SCIM, holdings

exact = st.recursive(
    st.text() | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def document(**changes):
    return plan.document_of(
        holdings(**changes), interval=INTERVAL, approximate_count=11_204, reason="Voluntary", order=PIPELINE
    )


def test_it_cuts_access_first_and_deletes_last():
    order = [action.step for action in plan.planned(holdings())]
    assert order[:2] == ["suspend_sign_in", "revoke_sessions"]
    assert order[-3:] == ["archive_history", "delete_person", "notify"]


def test_every_direct_holding_has_its_own_call():
    calls = [action.call for action in plan.planned(holdings()) if action.step == "leave_queues"]
    assert calls == [
        f"DELETE /api/v2/routing/queues/q1/members/{PERSON.id}",
        f"DELETE /api/v2/routing/queues/q2/members/{PERSON.id}",
        "",
    ]


def test_what_comes_through_a_group_is_ended_by_leaving_it():
    inherited = next(action for action in plan.planned(holdings()) if action.id == "q3")
    assert (inherited.ended_by, inherited.via, inherited.call) == ("group", "Night shift", "")


def test_the_sentences_count_what_will_be_done():
    assert plan.sentences(document()) == (
        "Suspend sign-in, so that nobody can sign in as this person",
        "Sign out everywhere; in case of live conversations, wait until they have ended, as long as the "
        "approval stands (72 hours)",
        "Remove from 3 queues: Billing, Sales, VIP",
        "Take away 2 role grants: Agent (Home), Recorder (Home)",
        "Remove from 1 group: Night shift",
        "Clear 1 skill: Refunds",
        "Archive about 11,204 conversations of the last 365 days, 24 Nov 2025 to 24 Nov 2026; older ones are not "
        "archived",
        "Delete through SCIM (soft: the account can be restored, its queues and roles not by Genesys)",
        "Tell downstream systems",
    )


def test_a_station_in_two_uses_is_one_and_told_from_the_phone_behind_it():
    line = "Zoë WebRTC"
    stations = (Holding("station", "associated", line), Holding("station", "default", line))
    told = plan.sentences(document(items=(*stations, Holding("phone", "p1", line))))
    assert "Let go of 1 station: Zoë WebRTC (associated and default)" in told
    assert "Delete 1 WebRTC phone: Zoë WebRTC" in told
    actions = plan.planned(holdings(*stations, Holding("phone", "p1", line)))
    assert [action.told for action in actions if action.step == "release_phones"] == [
        "associated station Zoë WebRTC",
        "default station Zoë WebRTC",
        "WebRTC phone Zoë WebRTC",
    ]


def test_what_cannot_be_undone_is_told_of_this_plan():
    always = plan.lasting(document())
    assert len(always) == 3
    masked = {"archive": {**document()["archive"], "addresses": "masked"}}
    assert plan.lasting(document() | masked)[3].startswith("Customers' names and addresses: masked in the archive")
    assert always[-1].startswith("Conversations from before 24 Nov 2025: not archived. Genesys Cloud keeps them after")
    items = (
        Holding("phone", "p1", "Zoë WebRTC"),
        Holding("did", "n1", "+44 20 7946 0001"),
        Holding("workforce", "u1", "Management unit u1"),
    )
    assert plan.lasting(document(items=items)) == (
        *always,
        "WebRTC phones (Zoë WebRTC): deleted with their settings. Whoever comes back needs new ones.",
        "Direct numbers (+44 20 7946 0001): free for somebody else. A restored account does not get them back.",
        "Workforce management (Management unit u1): a restored account is in no unit.",
    )


@pytest.mark.parametrize(
    ("typed", "told"), [("Court case", "Court case."), ("Ask Legal! ", "Ask Legal!"), ("Case 12…", "Case 12…")]
)
def test_what_somebody_typed_ends_before_the_next_sentence_begins(typed, told):
    assert plan.as_sentence(typed) == told
    rule = plan.Rule("email", "a@example.test", typed, "Ada")
    assert rule.sentence.endswith(f"is protected: {told}")


def test_a_sentence_stays_one_however_much_there_is():
    """Two hundred of each kind, as direct ones and as what only the deletion ends."""
    by_rule = [
        Holding("group", f"rule {n}", f"A dynamic group {n}", (Source("rule", f"rule {n}"),)) for n in range(200)
    ]
    direct = [Holding(kind, str(n), f"A {kind} {n}") for kind in plan.ENDED_BY for n in range(200)]
    told = plan.sentences(document(items=(*direct, *by_rule)))
    assert max(len(sentence) for sentence in told) < 300
    (left,) = (sentence for sentence in told if sentence.startswith("Leave to the deletion"))
    assert left.endswith("A dynamic group 7 and 192 more")


def test_a_line_that_leaves_some_out_brings_all_of_them():
    roles = [Holding("role", f"r{n}:d1", f"Role {n:02}", detail="Home") for n in range(13)]
    roles.append(Holding("role", "r99:d1", "Supervisor", detail="Home"))
    lines = plan.lines_of(document(items=tuple(roles)))
    (long,) = (line for line in lines if line.names)
    assert long.text.endswith("Role 07 (Home) and 6 more")
    assert (long.many, long.names[-1], len(long.names)) == ("14 role grants", "Supervisor (Home)", 14)
    assert all(line.names == () for line in plan.lines_of(document()))


def test_equal_names_stand_once_and_are_counted():
    names = [*["Handling complaints"] * 8, "Data protection", *["Refunds"] * 2]
    assert plan.some_of(names) == "Handling complaints (8), Data protection, Refunds (2)"
    assert plan.some_of([*"abcdefgh", *"iij"]) == "a, b, c, d, e, f, g, h and 3 more"


def test_a_stored_document_gives_its_actions_back():
    assert plan.actions_of(document()) == plan.planned(holdings())


@pytest.mark.parametrize(
    "change",
    [
        {"items": ()},
        {"person": replace(PERSON, email="other@example.test")},
        {"scim": replace(SCIM, id="scim-2")},
        {"items": (*holdings().items, Holding("queue", "q9", "New"))},
    ],
)
def test_the_digest_moves_with_everything_that_matters(change):
    assert plan.digest_of(document(**change)) != plan.digest_of(document())


def leaves(value, path=()):
    """Where each single value of a document stands."""
    if isinstance(value, dict | list) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def test_the_digest_moves_with_every_single_value_of_the_plan():
    stored = document()
    found = list(leaves(stored))
    assert {path[0] for path in found} == set(stored)
    for path in found:
        changed = copy.deepcopy(stored)
        *way, last = path
        place = functools.reduce(lambda inner, key: inner[key], way, changed)
        place[last] = "something else"
        assert plan.digest_of(changed) != plan.digest_of(stored), path


def test_the_digest_moves_with_the_order_of_the_work():
    assert document()["order"] == list(PIPELINE)
    changed = {**document(), "order": list(ARTICLE_ORDER)}
    assert plan.digest_of(changed) != plan.digest_of(document())


def test_the_digest_is_the_same_for_the_same_plan():
    assert plan.digest_of(document()) == plan.digest_of(document())


def test_the_difference_names_what_is_new_and_what_is_gone():
    before = plan.planned(holdings())
    now = plan.planned(holdings(items=(*holdings().items[1:], Holding("queue", "q9", "New"))))
    found = plan.difference(before, now)
    assert [action.id for action in found.added] == ["q9"]
    assert [action.id for action in found.gone] == ["q1"]
    assert found.needs_a_decision


def test_fewer_holdings_need_no_new_decision():
    assert not plan.difference(plan.planned(holdings()), plan.planned(holdings(items=()))).needs_a_decision


def test_keys_are_sorted_by_utf_16_code_units():
    # RFC 8785 section 3.2.3: the sample that tells UTF-16 order from code point order.
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    text = plan.canonical(keys).decode()
    order = [text.index(f":{number}") for number in (2, 4, 6, 7, 1, 5, 3)]
    assert order == sorted(order)


@pytest.mark.parametrize("value", [1.5, None, {"a": 2.0}, [None], {1: "a"}, b"x"])
def test_what_is_not_exact_is_refused(value):
    with pytest.raises(TypeError):
        plan.canonical(value)


@given(exact)
def test_the_canonical_form_reads_back_as_it_was(value):
    import json

    assert json.loads(plan.canonical(value)) == value


def test_a_scim_resource_with_another_e_mail_is_not_this_person():
    assert plan.same_person(PERSON, SCIM)
    assert not plan.same_person(PERSON, replace(SCIM, user_name="zoe.ohara2@example.test"))
    assert not plan.same_person(replace(PERSON, email=""), replace(SCIM, user_name=""))
