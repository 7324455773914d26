"""Bulk uploads: bundles of panther_analysis_tool, a zip of YAML and Python files."""
