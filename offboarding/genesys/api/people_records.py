"""Reading a Genesys `User` object, which several areas answer with."""

from __future__ import annotations

from offboarding.genesys.records import Contact, Person, Skill
from offboarding.genesys.shape import Shape


def person(user: Shape) -> Person:
    """A Genesys `User`; what was not expanded stays None, which means "not told"."""
    authorization = user.inside_or_none("authorization")
    station = user.inside_or_none("station")
    routing_status = user.inside_or_none("routingStatus")
    last_token = user.inside_or_none("lastTokenIssued")
    out_of_office = user.inside_or_none("outOfOffice")
    return Person(
        id=user.text("id"),
        name=user.text("name"),
        email=user.text_or("email"),
        state=user.text("state"),
        version=user.whole_or_none("version"),
        username=user.text_or("username"),
        department=user.text_or("department"),
        title=user.text_or("title"),
        division=user.ref_or_none("division"),
        manager=user.ref_or_none("manager"),
        roles=authorization.refs_or_none("roles") if authorization else None,
        groups=user.refs_or_none("groups"),
        team=user.ref_or_none("team"),
        skills=skills_or_none(user, "skills"),
        languages=skills_or_none(user, "languages"),
        station=station.ref_or_none("effectiveStation") if station else None,
        routing_status=routing_status.text_or_none("status") if routing_status else None,
        presence=_presence(user),
        last_login=user.text_or_none("dateLastLogin"),
        last_token_issued=last_token.text_or_none("dateIssued") if last_token else None,
        out_of_office=out_of_office.flag_or("active", False) if out_of_office else None,
        addresses=_addresses(user.each_or_none("addresses")),
    )


def skill(item: Shape) -> Skill:
    """A Genesys `UserRoutingSkill` or `UserRoutingLanguage`."""
    return Skill(item.text("id"), item.text_or("name"), item.number_or_none("proficiency"))


def skills_or_none(user: Shape, name: str) -> tuple[Skill, ...] | None:
    items = user.each_or_none(name)
    return None if items is None else tuple(skill(item) for item in items)


def _presence(user: Shape) -> str | None:
    presence = user.inside_or_none("presence")
    definition = presence.inside_or_none("presenceDefinition") if presence else None
    return definition.text_or_none("systemPresence") if definition else None


def _addresses(rows: tuple[Shape, ...] | None) -> tuple[Contact, ...] | None:
    if rows is None:
        return None
    return tuple(
        Contact(
            media_type=row.text_or("mediaType"),
            type=row.text_or("type"),
            address=row.text_or("address"),
            display=row.text_or("display"),
            extension=row.text_or("extension"),
            country_code=row.text_or("countryCode"),
            integration=row.text_or("integration"),
        )
        for row in rows
    )
