"""Faults on demand: what goes wrong between a client and Panther, made to happen here."""
