"""Runs in the peer's own venv: carries operations out with the vendor's SDK, one JSON object a line, in and out.

    speak.py ADDRESS ID SECRET
    <- {"operation": "get_user", "path": {"userId": "..."}, "query": {"expand": ["team"]}, "headers": {}, "body": null}
    -> {"status": 200, "raw": ..., "seen": ..., "headers": {...}}

`raw` is the answer as it came, `seen` what the SDK's models made of it. Bodies go through the SDK's model too.
Nothing of the product is known here; the standard library and the SDK only.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import PureCloudPlatformClientV2 as sdk


def main(address: str, client_id: str, secret: str) -> None:
    configuration = sdk.configuration
    configuration.live_reload_config = False
    configuration.config_file_path = str(Path(tempfile.gettempdir()) / "no-such-file")
    configuration.host = address  # the login host is this with `//api.` replaced, so on loopback the same
    client = sdk.api_client.ApiClient().get_client_credentials_token(client_id, secret)
    print(json.dumps({"ready": sdk.__name__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(client, json.loads(line))), flush=True)


def answer(client: Any, asked: dict[str, Any]) -> dict[str, Any]:
    method = method_of(client, asked["operation"])
    given = {snake(name): value for part in ("path", "query", "headers") for name, value in asked[part].items()}
    if asked["body"] is not None:
        given["body"] = model_of(client, method, asked["body"])
    try:
        found = method(**given)
    except sdk.rest.ApiException as error:
        return {"status": error.status, "raw": parsed(error.body), "seen": None, "headers": dict(error.headers or {})}
    last = client.last_response
    seen = client.sanitize_for_serialization(found)
    return {"status": last.status, "raw": parsed(last.data), "seen": seen, "headers": dict(last.getheaders())}


def method_of(client: Any, operation: str) -> Any:
    for name in dir(sdk):
        kind = getattr(sdk, name)
        if name.endswith("Api") and hasattr(kind, operation):
            return getattr(kind(client), operation)
    raise LookupError(f"the SDK has no {operation}")


def snake(name: str) -> str:
    """The SDK's name of a parameter: webRtcUser.id is web_rtc_user_id, If-Match is if_match."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"[.-]", "_", name)).lower()


def model_of(client: Any, method: Any, body: Any) -> Any:
    """The body as the model that the SDK documents; a null that is meant stays one."""
    kind = re.search(r":param (\S.*?) body:", method.__doc__ or "")
    if kind is None:
        raise LookupError(f"{method.__name__} takes no body")
    model = client._ApiClient__deserialize(body, kind[1])
    for name, value in body.items() if isinstance(body, dict) else ():
        if value is None:
            wire = {wire: attribute for attribute, wire in model.attribute_map.items()}
            setattr(model, wire[name], sdk.api_null_value.ApiNullValue())
    return model


def parsed(text: str | None) -> Any:
    return json.loads(text) if text else None


if __name__ == "__main__":
    main(*sys.argv[1:])
