"""The article's command line: one person, from request to audit log document, beside or without a worker."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from offboarding import people, plan
from offboarding.actions.decisions import approve_request, name_approver
from offboarding.actions.errors import Refused
from offboarding.actions.plans import read_plan_again
from offboarding.actions.requests import open_request
from offboarding.actions.run_control import retry_run
from offboarding.audit.times import utc_words
from offboarding.genesys.connect import client_for_worker, org
from offboarding.genesys.errors import GenesysError, Unreachable
from offboarding.management.asking import USAGE, add_questions, answers_of, other_than
from offboarding.management.noted import NotedCommand
from offboarding.models import DeprovisionRequest, Run
from offboarding.models.request import RequestState
from offboarding.models.run import RunState
from offboarding.pipeline import planner, runner
from offboarding.start import WrongDatabase, database_must_fit
from offboarding.status import status_of
from offboarding.steps import PIPELINE
from offboarding.webhooks.delivery import deliver_due

DONE, FAILED, REFUSED, PARKED = 0, 1, 4, 75
LONGEST_WAIT_HERE = 60.0


class Command(NotedCommand):
    help = (
        "Deprovision one person. PERSON is an id or an exact e-mail. Progress goes to standard error, the audit log "
        "document to standard output. Against the sandbox it decides by itself in the name of --approved-by; against "
        "a real org it prints the plan and a link, and waits for that person's decision in the browser. "
        "Exit 0 completed, 1 failed, 2 usage, 4 refused by policy, 75 waiting, for a legal hold too (run it "
        "again later). "
        "Example: manage.py deprovision ana@example.com --requested-by staff --approved-by approver --reason Voluntary"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="an id or an exact e-mail, never a guess")
        parser.add_argument("--requested-by", required=True, metavar="ACCOUNT")
        parser.add_argument("--approved-by", required=True, metavar="ACCOUNT")
        add_questions(parser)
        parser.add_argument("--json", action="store_true", help="progress as JSON lines too")

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json, self.waited = options["json"], 0.0
        try:
            sys.exit(self._deprovision(options))
        except (Refused, people.SearchRefused, WrongDatabase) as refused:
            self._say("refused", f"{refused.args[0]} {refused.remedy}")
            sys.exit(USAGE if isinstance(refused, people.SearchRefused) else REFUSED)
        except GenesysError as error:
            self._say("failed", f"{error} {error.remedy}{_where(error)}")
            sys.exit(FAILED)
        except KeyboardInterrupt:
            self._say(
                "interrupted",
                "Stopped watching. What was approved goes on with the worker, or run this again.",
            )
            sys.exit(PARKED)

    def _deprovision(self, options: dict[str, Any]) -> int:
        requester, approver = self._account(options["requested_by"]), self._account(options["approved_by"])
        name_approver(requester, approver=approver)
        client = client_for_worker()
        here = org()
        database_must_fit(here.id)
        person = people.exactly_one(client, options["person"])
        request = self._request(requester, here, person, options)
        if request.state == RequestState.PLAN_FAILED:
            read_plan_again(requester, request_id=request.pk)
            request.refresh_from_db()
        while request.state == RequestState.PLANNING:
            planner.plan_request(request.pk, client)
            request.refresh_from_db()
            if request.state == RequestState.PLANNING and not self._wait(request, request.plan_after):
                return PARKED
        if request.state == RequestState.AWAITING_DECISION:
            self._decide(approver, request)
        if request.state == RequestState.PLAN_FAILED:
            self._say("plan_failed", f"{self._status(request)} {request.problem} {request.remedy}")
            return FAILED
        run = Run.objects.filter(request=request).first()
        if run is None:
            self._say("ended", f"{self._status(request)} {request.end_reason}")
            return REFUSED
        if run.state in (RunState.FAILED, RunState.STOPPED):
            retry_run(approver, request_id=request.pk)
            self._say("retried", "The run goes on where it stood.")
        return self._follow(run)

    def _account(self, name: str) -> User:
        account = User.objects.filter(username=name, is_active=True).first()
        if account is None:
            raise CommandError(f"There is no account {name}.", returncode=USAGE)
        return account

    def _request(self, requester: User, here: Any, person: Any, options: dict[str, Any]) -> DeprovisionRequest:
        """The open request of this person by this requester, so that the command can be run again; else a new one."""
        open_one = DeprovisionRequest.objects.live().filter(org_id=here.id, person_id=person.id, requested_by=requester)
        found = open_one.first()
        if found is not None:
            if other := other_than(found, options):
                raise Refused(
                    f"Request {found.pk} for {person.name} is open already, with another {' and '.join(other)}.",
                    "Give what its page in the console says it was asked with, or cancel it there first.",
                    "already_open",
                )
            self._say("request", f"Request {found.pk} for {person.name} goes on.", request=found.pk)
            return found
        made = open_request(requester, org=here, person=person, **answers_of(options))
        self._say("request", f"Request {made.pk} for {person.name} is open.", request=made.pk)
        return made

    def _decide(self, approver: User, request: DeprovisionRequest) -> None:
        stored = request.plans.latest("number")
        for warning in stored.document["warnings"]:
            self._say("warning", f"Know this first: {warning}")
        for sentence in plan.sentences(stored.document):
            self._say("plan", sentence)
        for duty in plan.handed_over(stored.document):
            self._say("hand_over", f"To be taken over by somebody: {duty}")
        if settings.SANDBOX_MODE:
            approve_request(
                approver,
                request_id=request.pk,
                digest=stored.digest,
                confirmation=request.person_email or request.person_name,
            )
            return
        self._say("waiting", f"{approver} decides at {settings.CONSOLE_URL}/requests/{request.pk}/")
        while request.state in (RequestState.AWAITING_DECISION, RequestState.PLANNING):  # it may be read again
            time.sleep(2)
            request.refresh_from_db()

    def _follow(self, run: Run) -> int:
        """Drive the run, or watch the worker drive it, until it ends, needs a human, or waits for too long."""
        told: dict[str, tuple[str, int]] = {}
        while True:
            runner.drive(run.pk, lambda count: client_for_worker(on_call=count))
            run.refresh_from_db()
            self._tell(run, told)
            if run.state == RunState.COMPLETED:
                deliver_due()
                self._say("completed", self._status(run.request))
                return self._document(run, DONE)
            if run.state in (RunState.FAILED, RunState.STOPPED):
                deliver_due()
                self._say("failed", f"{self._status(run.request)} {run.problem} {run.remedy}")
                return self._document(run, FAILED)
            if run.state in (RunState.PLAN_CHANGED, RunState.HELD):
                self._say(run.state, f"{self._status(run.request)} {run.problem} {run.remedy}")
                return PARKED if run.state == RunState.HELD else REFUSED
            until = run.not_before or (run.request.not_before if run.state == RunState.QUEUED else None)
            if not self._wait(run.request, until):
                return PARKED

    def _wait(self, request: DeprovisionRequest, until: datetime | None) -> bool:
        """Sleep until then, or a moment; False when that, with the waits before in a row, is too long to wait here."""
        seconds = (until - timezone.now()).total_seconds() if until else 0.5
        self.waited = self.waited + seconds if until else 0.0
        if until and self.waited > LONGEST_WAIT_HERE:
            self._say("parked", f"{self._status(request)} Waits until {utc_words(until)}.")
            return False
        time.sleep(max(seconds, 0.05))
        return True

    def _tell(self, run: Run, told: dict[str, tuple[str, int]]) -> None:
        for step in run.steps_as_they_stand():
            if told.get(step.key) != (step.state, step.attempt) and step.state != "pending":
                told[step.key] = (step.state, step.attempt)
                words = step.sentence if step.is_finished else step.problem
                self._say(
                    "step",
                    f"{PIPELINE[step.key]}: {status_of('step', step.outcome).word}. {words}".strip(),
                    step=step.key,
                )

    def _status(self, request: DeprovisionRequest) -> str:
        return f"{status_of('request', request.current_status).word}."

    def _document(self, run: Run, code: int) -> int:
        self.stdout.write(json.dumps(run.document, indent=2, ensure_ascii=False))
        return code

    def _say(self, kind: str, words: str, **facts: Any) -> None:
        line = json.dumps({"event": kind, "message": words, **facts}, ensure_ascii=False) if self.as_json else words
        self.stderr.write(line)


def _where(error: GenesysError) -> str:
    """Where the sandbox was looked for, when nobody answered there: it may listen on another port."""
    if not (settings.SANDBOX_MODE and isinstance(error, Unreachable)):
        return ""
    return (
        f" The sandbox was looked for at {settings.GENESYS_DOMAIN}: start it with ./dev run, and where it listens on "
        "another port, set SANDBOX_URL to the address that it prints."
    )
