"""The org's furniture: divisions, roles, queues, groups, teams, skills. None of it changes while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from .ids import stable_id


@dataclass(frozen=True)
class Division:
    id: str
    name: str
    home: bool = False


@dataclass(frozen=True)
class Role:
    id: str
    name: str
    default: bool
    policies: tuple[tuple[str, str, tuple[str, ...]], ...]  # (domain, entity, actions)


@dataclass(frozen=True)
class Group:
    """A directory group. Its grants and queues are what its members inherit."""

    id: str
    name: str
    kind: str = "official"
    dynamic: bool = False
    include_owners: bool = False
    grants: tuple[tuple[str, str], ...] = ()  # (role id, division id)


@dataclass(frozen=True)
class Team:
    id: str
    name: str
    division_id: str


@dataclass(frozen=True)
class SkillGroup:
    """Whoever has the skill at this proficiency is a member; nobody is added by hand."""

    id: str
    name: str
    skill_id: str
    least: float


@dataclass(frozen=True)
class Queue:
    id: str
    name: str
    division_id: str
    member_groups: tuple[tuple[str, str], ...] = ()  # (GROUP | TEAM | SKILLGROUP, id)


@dataclass(frozen=True)
class Catalogue:
    org_id: str
    org_name: str
    client_id: str
    divisions: dict[str, Division]
    roles: dict[str, Role]
    groups: dict[str, Group]
    teams: dict[str, Team]
    skill_groups: dict[str, SkillGroup]
    queues: dict[str, Queue]
    skills: dict[str, str]
    languages: dict[str, str]
    wrap_up_codes: dict[str, str]
    management_units: dict[str, str]  # id -> id of its business unit
    by_name: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Division:
        return next(division for division in self.divisions.values() if division.home)


DIVISIONS = ["Home", "Europe North", "Europe South", "North America", "Asia Pacific", "Back Office"]
_AGENT = (("conversation", "communication", ("view",)), ("routing", "queue", ("join",)))
_LOOK = (("analytics", "queueObservation", ("view",)), ("routing", "queue", ("view",)))
ROLES = [
    ("employee", True, (("directory", "user", ("view",)),)),
    ("User", True, _AGENT),
    ("Communicate - User", True, (("telephony", "softphone", ("use",)),)),
    ("Supervisor", True, (*_AGENT, *_LOOK)),
    ("admin", True, (("*", "*", ("*",)),)),
    ("Quality Evaluator", True, (("quality", "evaluation", ("view", "edit")),)),
    ("Workforce Planner", False, (("wfm", "schedule", ("view", "edit")),)),
    ("Outbound Agent", False, _AGENT),
    ("Knowledge Author", False, (("knowledge", "document", ("view", "edit")),)),
    ("Reporting Viewer", False, _LOOK),
    ("Digital Agent", False, _AGENT),
    ("Callback Coordinator", False, _AGENT),
]
QUEUES = [
    ("Customer Care English", "Europe North"), ("Customer Care Deutsch", "Europe North"),
    ("Customer Care Français", "Europe South"), ("Customer Care Español", "Europe South"),
    ("Billing Voice", "Europe North"), ("Billing E-mail", "Europe North"),
    ("Collections", "Europe South"), ("Technical Support Level 1", "North America"),
    ("Technical Support Level 2", "North America"), ("Technical Support Chat", "North America"),
    ("Sales Inbound", "North America"), ("Sales Outbound", "North America"), ("Renewals", "Asia Pacific"),
    ("Claims Voice", "Asia Pacific"), ("Claims E-mail", "Asia Pacific"),
    ("Social Messaging", "Europe North"), ("Callbacks", "Europe North"), ("VIP", "Home"),
    ("Escalations", "Home"), ("Back Office Cases", "Back Office"),
]  # fmt: skip
SKILLS = [
    "Billing", "Refunds", "Networking", "Hardware", "Complaints", "Upselling", "Claims Basic",
    "Claims Motor", "Chat", "Written German", "Retention", "Payments", "VIP Handling", "Onboarding",
    "Fraud", "Invoicing", "Dunning", "Number Porting", "Roaming", "Fibre", "Mobile Devices", "Contract Law",
    "Claims Home", "Claims Travel", "Social Media", "Video", "Written English", "Written French",
    "De-escalation", "Key Accounts",
]  # fmt: skip
LANGUAGES = ["English", "Deutsch", "Français", "Español", "Italiano", "日本語", "العربية", "Русский"]
TEAMS = ["Care Berlin", "Care Lisbon", "Support Austin", "Sales Toronto", "Claims Manila"]
WRAP_UP_CODES = [
    "Resolved",
    "Follow-up needed",
    "Transferred",
    "No answer",
    "Wrong number",
    "Complaint logged",
]

MANAGEMENT_UNITS = ["Berlin Agents", "Lisbon Agents", "Austin Agents", "Manila Agents"]
DID_POOL = "+1317555"  # every number of the org begins so


def build(seed: int) -> Catalogue:
    """The same seed gives the same furniture with the same ids."""
    by_name: dict[str, str] = {}

    def make(kind: str, name: str) -> str:
        by_name[f"{kind}:{name}"] = stable_id(seed, kind, name)
        return by_name[f"{kind}:{name}"]

    divisions = [Division(make("division", name), name, name == "Home") for name in DIVISIONS]
    roles = [Role(make("role", name), name, default, policies) for name, default, policies in ROLES]
    skills = {make("skill", name): name for name in SKILLS}
    teams = [Team(make("team", name), name, divisions[1 + i % 5].id) for i, name in enumerate(TEAMS)]
    role, home = (lambda name: by_name[f"role:{name}"]), divisions[0].id
    groups = [
        Group(make("group", "All Staff"), "All Staff", dynamic=True),
        Group(make("group", "Escalation Desk"), "Escalation Desk", include_owners=True),
        Group(make("group", "Digital Channels"), "Digital Channels", grants=((role("Digital Agent"), home),)),
        Group(make("group", "Team Leads"), "Team Leads", grants=((role("Reporting Viewer"), home),)),
        Group(make("group", "Night Shift"), "Night Shift"),
        Group(make("group", "Callback Squad"), "Callback Squad", grants=((role("Callback Coordinator"), home),)),
        Group(make("group", "Book Club"), "Book Club", kind="social"),
        Group(make("group", "Fire Wardens"), "Fire Wardens"),
    ]
    fraud = SkillGroup(make("skillgroup", "Fraud Experts"), "Fraud Experts", by_name["skill:Fraud"], 3.0)
    attached = {
        "Escalations": (("GROUP", by_name["group:Escalation Desk"]), ("SKILLGROUP", fraud.id)),
        "Social Messaging": (("GROUP", by_name["group:Digital Channels"]),),
        "Callbacks": (("GROUP", by_name["group:Callback Squad"]),),
        "Claims Voice": (("TEAM", by_name["team:Claims Manila"]),),
    }
    queues = [
        Queue(make("queue", name), name, by_name[f"division:{division}"], attached.get(name, ()))
        for name, division in QUEUES
    ]
    return Catalogue(
        org_id=stable_id(seed, "organization"),
        org_name="Sandbox Contact Centre",
        client_id=stable_id(seed, "oauth-client"),
        divisions={d.id: d for d in divisions},
        roles={r.id: r for r in roles},
        groups={g.id: g for g in groups},
        teams={t.id: t for t in teams},
        skill_groups={fraud.id: fraud},
        queues={q.id: q for q in queues},
        skills=skills,
        languages={make("language", name): name for name in LANGUAGES},
        wrap_up_codes={make("wrapup", name): name for name in WRAP_UP_CODES},
        management_units={make("unit", name): stable_id(seed, "business-unit") for name in MANAGEMENT_UNITS},
        by_name=by_name,
    )
