"""The fields that a body may have (`tests/genesys/models.tsv`) are those of the vendor's models."""

from __future__ import annotations

import json
import subprocess

from tests.documented_bodies import MODELS
from tests.peer.conftest import PYTHON

TELL = """
import json, sys
import PureCloudPlatformClientV2.models as models
def fields(name):
    model = getattr(models, name)()
    return {wire: model.swagger_types[own] for own, wire in model.attribute_map.items()}
print(json.dumps({name: fields(name) for name in sys.argv[1:]}))
"""


def test_the_fields_are_those_of_the_sdk() -> None:
    told = subprocess.run([PYTHON, "-W", "ignore", "-c", TELL, *MODELS], capture_output=True, check=True, timeout=60)
    for name, fields in json.loads(told.stdout).items():
        kinds = {field: kind.replace(" ", "") for field, kind in fields.items()}
        assert MODELS[name].fields == {field: kind if kind != kind.lower() else "" for field, kind in kinds.items()}
