"""Tags Users and Voicemail: where a person's calls and messages go."""

from __future__ import annotations

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.records.holdings import CallForwarding, CallTarget, VoicemailPolicy
from offboarding.genesys.shape import Shape


class ForwardingArea(Area):
    def get_user_callforwarding(self, user_id: str) -> CallForwarding:
        """GET /api/v2/users/{userId}/callforwarding. Needs conversation:callForwarding:view. 200.

        Models `CallForwarding`, `CallRoute` and `CallTarget`.
        """
        path = path_of("/api/v2/users/{userId}/callforwarding", userId=user_id)
        return _forwarding(self._get(path, permission="conversation:callForwarding:view"))

    def patch_user_callforwarding(self, user_id: str, *, enabled: bool) -> CallForwarding:
        """PATCH /api/v2/users/{userId}/callforwarding: on or off. Needs conversation:callForwarding:edit. 200.

        The targets stay. Model `CallForwarding`.
        """
        path = path_of("/api/v2/users/{userId}/callforwarding", userId=user_id)
        answer = self._call("PATCH", path, json={"enabled": enabled}, permission="conversation:callForwarding:edit")
        return _forwarding(Shape.of(answer, "PATCH", path))

    def get_voicemail_userpolicy(self, user_id: str) -> VoicemailPolicy:
        """GET /api/v2/voicemail/userpolicies/{userId}. 200. Model `VoicemailUserPolicy`; its pin is not kept.

        Needs voicemail:userPolicy:viewOther or telephony:plugin:all.
        """
        path = path_of("/api/v2/voicemail/userpolicies/{userId}", userId=user_id)
        answer = self._get(path, permission="voicemail:userPolicy:viewOther or telephony:plugin:all")
        return VoicemailPolicy(answer.flag("enabled"), answer.flag_or_none("sendEmailNotifications"))


def _forwarding(answer: Shape) -> CallForwarding:
    return CallForwarding(
        enabled=answer.flag("enabled"),
        targets=tuple(
            CallTarget(target.text("type"), target.text("value"))
            for route in answer.each_or_none("calls") or ()
            for target in route.each_or_none("targets") or ()
        ),
        voicemail=answer.text_or("voicemail"),
    )
