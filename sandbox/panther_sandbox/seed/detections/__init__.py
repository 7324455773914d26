"""Acme's detections as the REST API has them, and what they use: globals, data models, scheduled queries."""
