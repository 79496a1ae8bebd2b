"""The Django site around the offboarding app."""
