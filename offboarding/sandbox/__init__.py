"""The sandbox: a built-in imitation of a Genesys Cloud org, a separate process that speaks HTTP.

Standard library only and nothing from the rest of the project: code shared with the client would share its
misreadings, and a test against the sandbox would then prove nothing.

    manage.py sandbox            or, without Django, python -m offboarding.sandbox; --help has the arguments
    client id `sandbox`, secret `sandbox-secret`, token at POST /oauth/token on the same port
    GET /__sandbox__/            lists the control plane: reset, faults, calls, people, login, options
    testing.SandboxThread        the same in a thread, for tests

What it serves is in `routes/`, one module per tag of the API. People are made from the seed (`population`, and
the `cast` of special cases); only what changes is kept (`state`). Conversations are computed (`conversations`).
Where the documentation is silent, a docstring says "inferred", and `options` can make the org harsher.
"""
