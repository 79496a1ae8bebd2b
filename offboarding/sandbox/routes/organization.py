"""Tag Organization: the org itself and its limits."""

from __future__ import annotations

from ..call import Answer, Call
from ..errors import not_found
from . import PLATFORM


@PLATFORM.on("GET", "/api/v2/organizations/me")
def own_organization(call: Call) -> Answer:
    catalogue = call.org.catalogue
    body = {
        "id": catalogue.org_id,
        "name": catalogue.org_name,
        "defaultLanguage": "en-us",
        "defaultCountryCode": "US",
        "thirdPartyOrgName": "sandbox",
        "domain": "sandbox",
        "version": 1,
        "state": "active",
        "productPlatform": "PureCloud",
        "features": {"directory": True, "contactCenter": True},
        "selfUri": f"/api/v2/organizations/{catalogue.org_id}",
    }
    return Answer(200, body)


@PLATFORM.on("GET", "/api/v2/organizations/limits/namespaces/{namespaceName}")
def limits(call: Call) -> Answer:
    namespace, options = call.params["namespaceName"], call.org.options
    known = {"platform.api": {"client.credentials.token.rate.per.minute": options.rate_limit}}
    if namespace not in known:
        raise not_found()
    entities = [{"key": key, "namespace": namespace, "value": value} for key, value in known[namespace].items()]
    return Answer(200, {"entities": entities})
