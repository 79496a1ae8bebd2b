"""Tags Users and Telephony Providers Edge: a person's stations, WebRTC phones and direct numbers."""

from __future__ import annotations

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.records import Ref
from offboarding.genesys.records.holdings import Did, Phone, Station, Stations
from offboarding.genesys.shape import Shape

EVERYTHING = "telephony:plugin:all"


class TelephonyArea(Area):
    def get_user_station(self, user_id: str) -> Stations:
        """GET /api/v2/users/{userId}/station. Needs telephony:otherStationAssociation:view. 200.

        A person without a station is an empty object. Models `UserStations` and `UserStation`.
        """
        path = path_of("/api/v2/users/{userId}/station", userId=user_id)
        answer = self._get(path, permission="telephony:otherStationAssociation:view")
        return Stations(
            associated=_station_or_none(answer, "associatedStation"),
            default=_station_or_none(answer, "defaultStation"),
            effective=_station_or_none(answer, "effectiveStation"),
        )

    def delete_user_station_associatedstation(self, user_id: str) -> None:
        """DELETE /api/v2/users/{userId}/station/associatedstation. Needs telephony:station:disassociate. 202.

        Asynchronous: read the stations back.
        """
        path = path_of("/api/v2/users/{userId}/station/associatedstation", userId=user_id)
        self._call("DELETE", path, permission="telephony:station:disassociate")

    def delete_user_station_defaultstation(self, user_id: str) -> None:
        """DELETE /api/v2/users/{userId}/station/defaultstation. 202.

        Needs telephony:phone:assign or telephony:plugin:all. Asynchronous: read the stations back.
        """
        path = path_of("/api/v2/users/{userId}/station/defaultstation", userId=user_id)
        self._call("DELETE", path, permission=f"telephony:phone:assign or {EVERYTHING}")

    def get_telephony_providers_edges_phones(self, *, web_rtc_user_id: str) -> tuple[Phone, ...]:
        """GET /api/v2/telephony/providers/edges/phones?webRtcUser.id=, every page. Needs telephony:plugin:all. 200.

        Only WebRTC phones have such a user; desk phones are not found by it. NotUnderstood when one is listed that
        does not name this user. Models `PhoneEntityListing` and `Phone`.
        """
        query = {"webRtcUser.id": web_rtc_user_id, "fields": "webRtcUser"}
        rows = self._pages("/api/v2/telephony/providers/edges/phones", query=query, permission=EVERYTHING)
        return tuple(
            Phone(
                id=row.text("id"),
                name=row.text_or("name"),
                state=row.text_or("state"),
                web_rtc_user=_theirs(row, "webRtcUser", web_rtc_user_id),
                stand_alone=row.flag_or_none("standAlone"),
            )
            for row in rows
        )

    def delete_telephony_providers_edges_phone(self, phone_id: str) -> None:
        """DELETE /api/v2/telephony/providers/edges/phones/{phoneId}. 200; NotThere when it is gone already.

        Needs telephony:plugin:all. It cannot be undone. Never for a desk phone, which others may use.
        """
        path = path_of("/api/v2/telephony/providers/edges/phones/{phoneId}", phoneId=phone_id)
        self._call("DELETE", path, permission=EVERYTHING)

    def get_telephony_providers_edges_dids(self, *, owner_id: str) -> tuple[Did, ...]:
        """GET /api/v2/telephony/providers/edges/dids?owner.id=, every page. Needs telephony:plugin:all. 200.

        There is no call that changes a DID: `patch_user` without the number frees it. NotUnderstood when one is
        listed that names another owner. Models `DIDEntityListing` and `DID`.
        """
        query = {"owner.id": owner_id}
        rows = self._pages("/api/v2/telephony/providers/edges/dids", query=query, permission=EVERYTHING)
        return tuple(
            Did(
                id=row.text("id"),
                phone_number=row.text("phoneNumber"),
                owner=_theirs(row, "owner", owner_id) if row.ref_or_none("owner") else None,
                owner_type=row.text_or("ownerType"),
                did_pool=row.ref_or_none("didPool"),
            )
            for row in rows
        )


def _theirs(row: Shape, name: str, person_id: str) -> Ref:
    """Whose it is. NotUnderstood for anybody but whom the listing was asked for.

    Such a listing contradicts its question: whether it is whole, and whose the rest of it is, nobody knows then.
    """
    whose = row.inside(name).ref()
    if whose.id != person_id:
        problem = f"Asked for what belongs to {person_id}, Genesys listed {row.text('id')} with another {name}."
        raise row.not_understood(problem, "somebody.elses")
    return whose


def _station_or_none(answer: Shape, name: str) -> Station | None:
    row = answer.inside_or_none(name)
    return None if row is None else Station(row.text("id"), row.text_or("name"), row.text_or("type"))
