"""What stands between a request and the network, so that Panther's bad moments cost little.

    dispatcher      joins the parts below; every request to Panther goes through it
    call_scope      whose call a request belongs to, and until when it may take
    limiter         how many requests at a time and a second; sessions take turns
    outages         answers at once while an origin is down, and tries again from time to time
    refused_token   the same for an API token that Panther does not accept
    circuit         the states that the last two share: closed, open, half open
    failures        what a failed attempt says: may it be repeated, does it tell of an outage
    repetition      repeats an attempt, with growing pauses, as long as the call has time

docs/reliability.md says what a user sees of it.
"""
