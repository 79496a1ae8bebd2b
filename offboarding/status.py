"""The one table of status words, tones, icons and announcements. Lists, details, history, files and e-mail read it.

Commands say its words too. Nothing but words lives here: no rows, no templates. A tone is a meaning, and the style
sheet gives it a colour.
"""

from __future__ import annotations

from dataclasses import dataclass

# What a tone means. `waiting` and `attention` both wait for a human; `attention` waits because something went wrong.
# `seen` is the only green, kept for what was observed. None of them is red: red is kept for what destroys.
TONES = ("quiet", "working", "waiting", "attention", "seen")


@dataclass(frozen=True, slots=True)
class Status:
    """How one status is shown: `word` on screen and in files, `announcement` for screen readers when it changes."""

    word: str
    tone: str
    icon: str
    announcement: str


STATUSES: dict[str, dict[str, Status]] = {
    "request": {
        "planning": Status("Reading holdings", "working", "running", "The holdings are being read."),
        "put_off": Status("Waiting to be planned", "quiet", "clock", "The plan waits and is read again by itself."),
        "plan_failed": Status(
            "Could not be planned", "attention", "alert", "The plan could not be made. Somebody has to look."
        ),
        "awaiting_decision": Status(
            "Waits for a decision", "waiting", "person", "The plan is ready and waits for a decision."
        ),
        "approved": Status("Approved, starting", "working", "running", "Approved. The work is about to start."),
        "scheduled": Status(
            "Scheduled", "quiet", "clock", "Approved. The work starts by itself when its time has come."
        ),
        "queued": Status("Approved, starting", "working", "running", "Approved. The work is about to start."),
        "running": Status("Running", "working", "running", "The work is running."),
        "parked": Status("Waiting to continue", "quiet", "clock", "The work waits and continues by itself."),
        "failed": Status("Needs attention", "attention", "alert", "The work stopped. Somebody has to look."),
        "plan_changed": Status("Decide again", "waiting", "diff", "Nothing more is done until somebody decides again."),
        "stopped": Status("Stopped", "attention", "stop", "The work was stopped before its next step."),
        "held": Status(
            "Held: not deleted", "waiting", "lock", "Access is cut. A legal hold forbids the deletion for now."
        ),
        "completed": Status("Deleted, confirmed", "seen", "check", "The person was deleted. This was read back."),
        "rejected": Status("Rejected", "quiet", "cross", "The request was rejected."),
        "cancelled": Status("Cancelled", "quiet", "cross", "The request was cancelled."),
        "closed": Status("Closed, not finished", "quiet", "dash", "The request was closed without being finished."),
    },
    "step": {
        "pending": Status("Not started", "quiet", "circle", "not started"),
        "running": Status("Running", "working", "running", "running"),
        "observed": Status("Seen done", "seen", "check", "seen done"),
        "nothing_to_do": Status("Nothing to do", "quiet", "dash", "nothing to do"),
        "sent": Status("Sent, cannot be seen", "quiet", "send", "sent, but Genesys cannot show it"),
        "waiting": Status("Waiting", "quiet", "clock", "waiting, continues by itself"),
        "failed": Status("Failed", "attention", "alert", "failed, somebody has to look"),
        "not_confirmed": Status("Not confirmed", "attention", "alert", "accepted by Genesys, and not seen done"),
        "interrupted": Status("Interrupted", "quiet", "pause", "begun, not finished"),
    },
    "audit": {
        "done": Status("Done", "quiet", "check", "done"),
        "refused": Status("Refused", "quiet", "refused", "refused"),
        "failed": Status("Failed", "attention", "alert", "failed"),
    },
    "delivery": {
        "pending": Status("To be sent", "quiet", "clock", "The message has yet to be sent."),
        "delivered": Status("Delivered", "seen", "check", "The receiver took the message."),
        "superseded": Status("Replaced", "quiet", "dash", "A newer message took the place of this one."),
        "dead": Status("Given up", "attention", "alert", "The message was given up. Somebody has to look."),
    },
    "endpoint": {
        "enabled": Status("Enabled", "quiet", "send", "Messages are sent there."),
        "disabled": Status("Disabled", "attention", "pause", "Nothing is sent there. Somebody has to look."),
    },
    "person": {
        "active": Status("Active", "quiet", "person", "can sign in"),
        "inactive": Status("Inactive", "quiet", "pause", "sign-in is suspended"),
        "deleted": Status("Deleted", "quiet", "trash", "deleted in Genesys"),
    },
    "verdict": {
        "yes": Status("Yes, observed", "seen", "check", "yes, observed"),
        "partly": Status("Partly", "attention", "alert", "partly"),
        "no": Status("No", "attention", "cross", "no"),
        "not_yet": Status("Not yet", "quiet", "circle", "not yet"),
        "sent": Status("Accepted, not seen", "quiet", "send", "accepted, but Genesys cannot show it"),
    },
    "health": {
        "good": Status("Good", "seen", "check", "good"),
        "bad": Status("Needs attention", "attention", "alert", "needs attention"),
        "unknown": Status("Not known", "quiet", "circle", "not known"),
    },
}

# Said beside the status while work was asked to stop and has not stopped yet.
STOP_ASKED = "A stop was asked for: the work stops before its next item or step."


def status_of(family: str, key: str) -> Status:
    """How a status is shown. Raises KeyError for one that is not in the table: a page must not invent a word."""
    return STATUSES[family][key]
