"""What has changed between two descriptions of Panther's API, and which tools each change touches."""
