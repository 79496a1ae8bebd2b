"""The sandbox: a built-in imitation of a Genesys Cloud org, a separate process that speaks HTTP.

Standard library only and nothing from the rest of the project: code shared with the client would share its
misreadings, and a test against the sandbox would then prove nothing.
"""
