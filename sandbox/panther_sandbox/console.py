"""The web console's front page: all that clients read from it is where the APIs are."""

from __future__ import annotations

import json

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Panther sandbox</title>
<script id="__PANTHER_CONFIG__" type="application/json">%s</script>
</head>
<body>
<h1>Panther sandbox</h1>
<p>An embedded Panther with sample data. GraphQL is at <code>/public/graphql</code>, REST beside it.</p>
</body>
</html>
"""


def console_page(base_url: str) -> str:
    """Return the page for a server that is reached at `base_url`."""
    config = {"rest": base_url, "WEB_APPLICATION_GRAPHQL_API_ENDPOINT": f"{base_url}/internal/graphql"}
    # "</" inside a script would end it.
    return _PAGE % json.dumps(config).replace("</", "<\\/")
