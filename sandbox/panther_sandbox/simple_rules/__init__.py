"""Simple rules: YAML that compiles to the Python of a rule."""
