"""Tables loaded from a folder of files: found, read with inferred types, completed with Panther's fields."""
