"""A bucket that keeps no old versions."""


def policy(resource):
    return resource.get("VersioningStatus") == "Enabled"
