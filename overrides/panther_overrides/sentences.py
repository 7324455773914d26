"""Sentences that parameters of many tools share."""

CURSOR = "next_cursor of the page before."
DETAIL = "Every field."
