"""Single log events, one module a log type, with the fields that the real ones have."""
