"""What people may ask of a request, from the command line: the same actions, and the same refusals, as on its page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.http import Http404

from offboarding.access import get_request_for
from offboarding.actions.errors import Refused
from offboarding.actions.in_force import holds_on
from offboarding.actions.requests import cancel_request, close_request
from offboarding.actions.run_control import ask_stop, retry_run
from offboarding.audit.holds import hold_as_told
from offboarding.audit.record import utc_text
from offboarding.audit.times import utc_words
from offboarding.management.noted import NotedCommand
from offboarding.models import DeprovisionRequest
from offboarding.models.policy import HoldKind
from offboarding.models.run import RunState
from offboarding.plan import as_sentence
from offboarding.status import STOP_ASKED, status_of
from offboarding.steps import PIPELINE

DONE, USAGE, UNKNOWN, REFUSED = 0, 2, 3, 4
EXAMPLES = """examples:
  manage.py request show 12 --as auditor
  manage.py request stop 12 --as approver
  manage.py request retry 12 --as approver --json
  manage.py request cancel 12 --as staff --reason "Stays after all"
  manage.py request close 12 --as approver --reason "Handled by hand"

exit: 0 done, 2 usage, 3 no request of that number that the account may see, 4 refused by policy (3 and 4 say on
standard error why, and what to do)"""


class Command(NotedCommand):
    help = (
        "Stop, retry, cancel, close or show one request, by its number, as an account that may. The result goes to "
        "standard output, and why it was refused to standard error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES
        verbs = ("stop", "retry", "cancel", "close", "show")
        parser.add_argument("verb", choices=verbs, help="what to do; stop lets what is done stay done")
        parser.add_argument("number", type=int, metavar="NUMBER", help="the number of the request")
        parser.add_argument("--as", dest="account", required=True, metavar="ACCOUNT", help="who does it")
        parser.add_argument("--reason", default="", help="why: needed to close, kept with a cancellation")
        parser.add_argument("--json", action="store_true", help="print the request as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        verb, number, reason = options["verb"], options["number"], options["reason"]
        if reason and verb not in ("cancel", "close"):
            raise CommandError(f"--reason does not go with {verb}.", returncode=USAGE)
        try:
            actor = _account(options["account"])
            get_request_for(actor, number)
            if act := _action(verb, reason):
                act(actor, request_id=number)
            request = get_request_for(actor, number)
        except Refused as refused:
            self.stderr.write(f"{refused.problem} {refused.remedy}")
            sys.exit(REFUSED)
        except Http404:
            self.stderr.write(
                f"{options['account']} sees no request {number}. Look the number up on the requests page."
            )
            sys.exit(UNKNOWN)
        facts = _facts(request)
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if options["json"] else _words(verb, facts))


def _account(name: str) -> User:
    """The account; Refused when there is none, or it is switched off."""
    account = User.objects.filter(username=name).first()
    if account is None:
        raise Refused(f"There is no account {name}.", "Name another one with --as.", "account")
    if not account.is_active:
        raise Refused(f"The account {name} is switched off.", "Name another one with --as.", "account")
    return account


def _action(verb: str, reason: str) -> Callable[..., None] | None:
    """The action on a request; None for looking at it. Only those that keep a reason are given one."""
    if verb == "cancel":
        return lambda actor, request_id: cancel_request(actor, request_id=request_id, reason=reason)
    if verb == "close":
        return lambda actor, request_id: close_request(actor, request_id=request_id, reason=reason)
    return {"stop": ask_stop, "retry": retry_run}.get(verb)


def _facts(request: DeprovisionRequest) -> dict[str, Any]:
    """Where a request stands; `done` are the steps that stay done whatever is asked now.

    A run that waits says so in its next step, and since when it may go on. `holds` are those in force.
    """
    run = getattr(request, "run", None)
    steps = run.steps_as_they_stand() if run else []
    status = request.current_status
    parked = run is not None and run.state == RunState.PARKED
    until = run.not_before if run and parked else request.not_before if status == "scheduled" else None
    told = next((step for step in steps if not step.is_finished), None) if parked and until else run
    holds = holds_on(request.org_id, request.person_id) if request.is_live else []
    return {
        "request": request.pk,
        "person": {"id": request.person_id, "name": request.person_name},
        "status": status,
        "stopAsked": bool(run and run.stop_asked),
        "problem": (told.problem if told else "") or request.problem,
        "remedy": (told.remedy if told else "") or request.remedy,
        "waitsUntil": utc_text(until) if until else "",
        "notBefore": utc_text(request.not_before) if request.not_before else "",
        "holds": [hold_as_told(hold) for hold in holds],
        "done": [step.key for step in steps if step.is_finished],
        "left": [step.key for step in steps if not step.is_finished],
    }


def _words(verb: str, facts: dict[str, Any]) -> str:
    status = status_of("request", facts["status"])
    lines = [f"Request {facts['request']} for {facts['person']['name']}: {status.word}."]
    if facts["stopAsked"]:
        lines.append(STOP_ASKED)
    if facts["problem"]:
        lines.append(f"{facts['problem']} {facts['remedy']}".strip())
    if facts["waitsUntil"]:
        goes = "begins" if facts["status"] == "scheduled" else "goes on"
        lines.append(f"It {goes} by itself from {_time(facts['waitsUntil'])} on.")
    elif facts["notBefore"] and not facts["done"]:
        lines.append(f"Not before {_time(facts['notBefore'])}.")
    lines += [_hold(hold) for hold in facts["holds"]]
    if verb in ("stop", "show") and facts["done"]:
        lines.append(f"Done, and stays done: {', '.join(PIPELINE[key] for key in facts['done'])}.")
    if verb == "stop" and not facts["done"]:
        lines.append("Nothing was done yet.")
    return "\n".join(lines)


def _time(text: str) -> str:
    return utc_words(datetime.fromisoformat(text))


def _hold(hold: dict[str, Any]) -> str:
    review = f", to be reviewed on {hold['reviewOn']}" if "reviewOn" in hold else ""
    return f"{HoldKind(hold['kind']).label}: {as_sentence(hold['reason'])} Placed by {hold['placedBy']}{review}."
