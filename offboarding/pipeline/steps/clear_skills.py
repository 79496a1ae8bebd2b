"""No routing skill and no language is left, so that no skill group holds the person either."""

from __future__ import annotations

from offboarding.genesys.errors import NotThere, Refused
from offboarding.models.run import StepState
from offboarding.people import OWN
from offboarding.pipeline.emptying import Emptying
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import NotConfirmed, Outcome, Work
from offboarding.plan import Action, counted


class ClearSkills(Emptying):
    key = "clear_skills"

    def empty(self, work: Work) -> Outcome:
        seen = work.look()
        held = {(item.kind, item.id) for kind in ("skill", "language", "utilization") for item in seen.of(kind)}
        wanted = [action for action in work.actions if (action.kind, action.id) in held]
        touched = work.with_asked(wanted)
        if not touched:
            return Outcome(StepState.NOTHING_TO_DO, "No skill and no language is held.")
        if wanted:
            _end(work, wanted)
        try:
            _read_back(work, touched)
        except NotConfirmed:
            left = _skills_left(work, touched)
            if not left:
                raise
            _one_by_one(work, left)
            _read_back(work, touched)
        skills, languages = _names(touched, "skill"), _names(touched, "language")
        return Outcome(
            StepState.OBSERVED,
            f"{counted(len(skills), 'skill')} and {counted(len(languages), 'language')} cleared, seen on the person."
            + (" The utilization is the org's again." if _names(touched, "utilization") else ""),
            {"skills": skills, "languages": languages},
        )


def _end(work: Work, wanted: list[Action]) -> None:
    skills = [action for action in wanted if action.kind == "skill"]
    others = [action for action in wanted if action.kind != "skill"]
    total = (1 if skills else 0) + len(others)
    if skills:
        work.progress(0, total, "skills, all at once")
        work.asks(skills)
        _clear(work, skills)
    for done, action in enumerate(others, start=total - len(others)):
        work.progress(done, total, action.name)
        work.asks([action])
        if action.kind == "utilization":
            work.client.delete_routing_user_utilization(work.person_id)
            continue
        try:
            work.client.delete_user_routinglanguage(work.person_id, action.id)
        except NotThere:
            continue
    work.progress(total, total, "")


def _clear(work: Work, skills: list[Action]) -> None:
    """All at once; one by one where an empty list, which is not documented to clear, is refused.

    Where it is taken for nothing to do, the read-back shows it.
    """
    try:
        work.client.put_user_routingskills_bulk(work.person_id, [])
    except Refused:
        _one_by_one(work, skills)


def _one_by_one(work: Work, skills: list[Action]) -> None:
    for action in skills:
        work.sign_of_life(0, None, action.name)
        try:
            work.client.delete_user_routingskill(work.person_id, action.id)
        except NotThere:
            continue


def _read_back(work: Work, touched: list[Action]) -> None:
    until_gone(
        lambda: _held(work, touched),
        what="skills, languages or a utilization",
        remedy="Clear them in Genesys Cloud admin, then retry.",
    )


def _skills_left(work: Work, touched: list[Action]) -> list[Action]:
    skills = [action for action in touched if action.kind == "skill"]
    left = {skill.id for skill in work.client.get_user_routingskills(work.person_id)} if skills else set()
    return [action for action in skills if action.id in left]


def _held(work: Work, touched: list[Action]) -> list[str]:
    """What is still there; each kind is read back only when something of it was cleared."""
    client, kinds = work.client, {action.kind for action in touched}
    left = [skill.name for skill in client.get_user_routingskills(work.person_id)] if "skill" in kinds else []
    if "language" in kinds:
        left += [language.name for language in client.get_user_routinglanguages(work.person_id)]
    if "utilization" in kinds and client.get_routing_user_utilization(work.person_id).level == OWN:
        left += _names(touched, "utilization")
    return left


def _names(actions: list[Action], kind: str) -> list[str]:
    return sorted(action.name for action in actions if action.kind == kind)


STEP = ClearSkills()
