"""An embedded Panther: the public GraphQL and REST APIs, a data lake and a story to investigate, on loopback."""
