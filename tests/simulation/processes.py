"""The processes of the product, played: workers that take wake-ups off the real queue, and the supervisor's sweep."""

from __future__ import annotations

import socket
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.brokers import get_broker
from django_q.signing import SignedPackage

from offboarding.actions import heartbeat
from offboarding.pipeline.sweep import PLANNING_IS_LATE, Sweeper
from tests.simulation.databases import moment
from tests.simulation.disk import Disk
from tests.simulation.house import end_process
from tests.simulation.stage import Crash, Stage
from tests.simulation.weather import Weather
from tests.simulation.witness import Witness


def worker(stage: Stage, weather: Weather, witness: Witness, disk: Disk, dead: list[str]) -> None:
    """Take a wake-up, do what it says, take it off the queue; start anew some seconds after a crash.

    A wake-up that a crashed worker had taken comes back after its `retry`, as django-q2 has it. One that is lost is
    taken off without being carried out, one that is doubled is put on once more. Where the supervisor notices such
    things, `dead` tells it who has died.
    """
    while True:
        try:
            with witness.watching_statements():
                while True:
                    _serve_one(stage, weather, witness, disk)
        except Crash:
            if weather.noticed and not stage.over:
                dead.append(f"{socket.gethostname()}:{stage.pid()}")
                stage.tell("commit")
            _start_anew(stage, witness)


def _serve_one(stage: Stage, weather: Weather, witness: Witness, disk: Disk) -> None:
    broker = get_broker()
    taken = broker.dequeue()
    if not taken:
        stage.doze(100.0, "bell")
        return
    key, payload = taken[0]
    task = SignedPackage.loads(payload)
    what = f"{task['func'].rsplit('.', 1)[1]} {' '.join(map(str, task['args']))}".strip()
    if stage.chance.random() < weather.bell_lost:
        broker.acknowledge(key)
        stage.note(f"WAKE-UP LOST {what}")
        return
    if stage.chance.random() < weather.bell_doubled:
        broker.enqueue(payload)
    if task["args"]:
        witness.task_begins(task["func"].rsplit(".", 1)[1], task["args"][0])
    stage.boundary(f"takes {what}")
    if stage.chance.random() < weather.rot and witness.nobody_relies_on_archives() and disk.rot(stage.chance):
        stage.note("AN ARCHIVE ROTS")
    try:
        import_string(task["func"])(*task["args"])
    except Exception as error:  # django-q2 logs it and goes on; here it is a violation
        witness.accuse("no_task_raises", f"{what}: {type(error).__name__}: {error}")
    witness.task_ended()
    stage.boundary(f"has done {what}")
    broker.acknowledge(key)


def supervisor(stage: Stage, witness: Witness, dead: list[str]) -> None:
    """Sweep every few seconds while something happens or lies ready, else when the next thing is due.

    Give back what `dead` workers held. One that is started again does not know who died before.
    """
    while True:
        try:
            sweeper = Sweeper()
            dead.clear()
            while True:
                if dead:
                    stage.note(f"gives back {heartbeat.give_back(owners=dead, died=True)} runs of the dead")
                    dead.clear()
                if rung := sweeper.sweep():
                    stage.note(f"the sweep rings {rung} bells")
                stage.sleep(stage.chance.uniform(3, 15))
                stage.doze(_until_next_due(), "commit")
        except Crash:
            _start_anew(stage, witness)


def _until_next_due() -> float:
    """Seconds until the sweep may find something, in one statement: it is asked often."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'run', lease_until, run.not_before, request.not_before "
            "FROM offboarding_run run JOIN offboarding_deprovisionrequest request ON request.id = run.request_id "
            "WHERE request.state = 'approved' AND run.state IN ('queued', 'running', 'parked') UNION ALL "
            "SELECT 'delivery', MIN(next_try_at), NULL, NULL FROM offboarding_delivery WHERE state = 'pending' "
            "UNION ALL SELECT 'plan', MIN(requested_at), NULL, NULL FROM offboarding_deprovisionrequest "
            "WHERE state = 'planning'"
        )
        found = [(what, [at for each in times if (at := moment(each))]) for what, *times in cursor.fetchall()]
    dues = [max(times) + (PLANNING_IS_LATE if what == "plan" else timedelta()) for what, times in found if times]
    if any(at <= now for at in dues) or any(what == "run" and not times for what, times in found):
        return 5.0
    return min([3600.0, *((at - now).total_seconds() + 0.1 for at in dues)])


def _start_anew(stage: Stage, witness: Witness) -> None:
    """What a service that ended does: lose its memory and be started again, also when that is cut short."""
    actor = stage.me()
    assert actor is not None
    end_process()
    witness.process_ended(actor)
    actor.life += 1
    while not stage.over:
        actor.unwinds, actor.dozes = False, ""
        try:
            stage.sleep(stage.chance.uniform(0.5, 8.0))
        except Crash:
            continue  # the power went once more
        stage.note("starts again")
        return
    raise Crash
