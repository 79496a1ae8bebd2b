"""The registry of everything that can be recorded: a permanent key, and the sentence people read.

A sentence may use {actor}, {person}, {request} and the keys of the record's data; what is missing reads as "?".
Records store the key and the data, so that a better sentence also improves old records.
"""

from __future__ import annotations

EVENTS: dict[str, str] = {
    "request.opened": "{actor} asked to deprovision {person}",
    "request.refused": "{actor} could not ask to deprovision {person}: {problem}",
    "plan.read": "The plan for {person} was read: {count} actions",
    "plan.failed": "The plan for {person} could not be read: {problem}",
    "plan.asked_again": "{actor} asked to read the plan for {person} again",
    "request.approved": "{actor} approved the deletion of {person}, plan {plan}",
    "request.rejected": "{actor} rejected the request for {person}: {reason}",
    "request.cancelled": "{actor} cancelled the request for {person}: {reason}",
    "request.closed": "{actor} closed the request for {person} unfinished: {reason}",
    "decision.refused": "{actor} could not decide on {person}: {problem}",
    "action.refused": "{actor} was refused “{what}” for {person}: {problem}",
    "run.started": "Work on {person} started",
    "run.retried": "{actor} let the run for {person} go on",
    "run.stop_asked": "{actor} asked to stop the run for {person}",
    "run.stopped": "The run for {person} stopped before “{step}”",
    "run.parked": "The run for {person} waits until {until}: {why}",
    "run.held": "The run for {person} rests before the deletion: {why}",
    "run.failed": "The run for {person} stopped at “{step}”: {problem}",
    "run.approval_ended": "{why} A new decision is needed",
    "run.plan_changed": "{person} holds something that was not approved ({count}): a new decision is needed",
    "run.completed": "The deletion of {person} was read back: done",
    "step.observed": "{step}: {sentence}",
    "step.nothing_to_do": "{step}: nothing to do",
    "step.sent": "{step}: {sentence}",
    "step.reopened": "The last look at {person} found work undone ({why}): {steps} once more",
    "archive.written": "{count} conversations of {person} were archived and verified",
    "gap.accepted": "{actor} accepted that the archive of {person} lacks {lacks} conversations, {label}: {reason}",
    "archive.downloaded": "{actor} downloaded the archive of {person}",
    "delivery.delivered": "The message about {person} reached {endpoint}",
    "delivery.failed": "The message about {person} did not reach {endpoint}: {problem}",
    "delivery.given_up": "The message about {person} to {endpoint} was given up: {problem}",
    "delivery.replayed": "{actor} sent the message about {person} to {endpoint} again",
    "hold.placed": "{actor} protected {person}: {reason}",
    "hold.released": "{actor} released the protection of {person}: {reason}",
    "account.created": "{actor} made the account {name} with the roles {roles}",
    "account.roles_changed": "{actor} changed the roles of {name} to {roles}",
    "account.signed_in": "{actor} signed in",
    "account.sign_in_failed": "Somebody failed to sign in as {name}",
    "access.refused": "{actor} was refused {what}",
    "audit.exported": "{actor} exported the history as {format}: {filters}",
    "audit.verified": "The audit trail was verified to record {sequence}",
    "audit.broken": "The audit trail is broken at record {sequence}: {problem}",
    "connection.tested": "{actor} tested the connection to Genesys: {result}",
}
