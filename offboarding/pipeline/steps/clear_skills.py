"""No routing skill and no language is left, so that no skill group holds the person either."""

from __future__ import annotations

from offboarding.genesys.errors import NotThere, Refused
from offboarding.models.run import StepState
from offboarding.people import OWN
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import Outcome, Step, Work
from offboarding.plan import Action, counted


class ClearSkills(Step):
    key = "clear_skills"

    def apply(self, work: Work) -> Outcome:
        seen = work.look()
        skills = {item.id: item.name for item in seen.of("skill")}
        languages = {item.id: item.name for item in seen.of("language")}
        wanted = {action.id for action in work.actions}
        skills = {id: name for id, name in skills.items() if id in wanted}
        languages = {id: name for id, name in languages.items() if id in wanted}
        own = [action for action in work.of("utilization") if seen.of("utilization")]
        if not skills and not languages and not own:
            return Outcome(StepState.NOTHING_TO_DO, "No skill and no language is held.")
        total = (1 if skills else 0) + len(languages) + len(own)
        if skills:
            work.progress(0, total, "skills, all at once")
            _clear(work, skills)
        for done, (id, name) in enumerate(languages.items(), start=1 if skills else 0):
            work.progress(done, total, name)
            try:
                work.client.delete_user_routinglanguage(work.person_id, id)
            except NotThere:
                continue
        if own:
            work.progress(total - 1, total, own[0].name)
            work.client.delete_routing_user_utilization(work.person_id)
        work.progress(total, total, "")
        until_gone(
            lambda: _held(work, skills, languages, own),
            what="skills, languages or a utilization",
            remedy="Clear them in Genesys Cloud admin, then retry.",
        )
        return Outcome(
            StepState.OBSERVED,
            f"{counted(len(skills), 'skill')} and {counted(len(languages), 'language')} cleared, seen on the person."
            + (" The utilization is the org's again." if own else ""),
            {"skills": sorted(skills.values()), "languages": sorted(languages.values())},
        )


def _clear(work: Work, skills: dict[str, str]) -> None:
    """All at once; one by one where an empty list, which is not documented to clear, is refused."""
    try:
        work.client.put_user_routingskills_bulk(work.person_id, [])
    except Refused:
        for id, name in skills.items():
            work.sign_of_life(0, None, name)
            try:
                work.client.delete_user_routingskill(work.person_id, id)
            except NotThere:
                continue


def _held(work: Work, skills: dict[str, str], languages: dict[str, str], own: list[Action]) -> list[str]:
    left = [skill.name for skill in work.client.get_user_routingskills(work.person_id)] if skills else []
    if languages:
        left += [language.name for language in work.client.get_user_routinglanguages(work.person_id)]
    if own and work.client.get_routing_user_utilization(work.person_id).level == OWN:
        left.append(own[0].name)
    return left


STEP = ClearSkills()
