"""The operations of the Genesys Cloud API, one class by API tag; `client.GenesysClient` is all of them
together.

A method is one documented operation, named as in the official Python SDK. It builds the call and reads the
answer; it never retries, logs or decides.
"""
