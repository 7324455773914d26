"""Workflows: tools that are more than one operation, a module each, named as its tool."""
