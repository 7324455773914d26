"""Panther's GraphQL API: the published schema, executed."""
