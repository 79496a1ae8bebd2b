"""The Genesys Cloud API client. Only connect.py knows Django; nothing here knows what a deprovisioning is."""
