"""An address with many console sign-ins."""


def rule(row):
    return row.get("sign_ins", 0) > 50
