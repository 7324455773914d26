"""Panther's REST API: a module a domain, each a list of routes."""
