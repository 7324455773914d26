"""Credentials as they turn up in logs, none of them real, and what looks like one and must stay."""

import base64
import hashlib
import uuid

JWT = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJyb290IiwiaWF0IjoxNTE2MjM5MDIyfQ."
    "kJ3vX9-PzQ_w1LmN0rT5uYbV7cXeA2sD4fG"
)
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzqTESTKEY9"
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n" + "MIIEpAIBAAKCAQEAxyz0123456789+/ABC\n" * 12
) + "-----END RSA PRIVATE KEY-----"


def joined(*parts: str) -> str:
    """A token in pieces, so that no scanner of repositories takes it for a real one."""
    return "".join(parts)


# Each text with what in it is secret.
SECRETS: dict[str, tuple[str, str]] = {
    "jwt": (f"id_token {JWT} accepted", JWT),
    "private_key": (f"found {PEM} in /tmp", "MIIEpAIBAAKCAQEAxyz0123456789"),
    "private_key in nested JSON": (PEM.replace("\n", "\\n"), "MIIEpAIBAAKCAQEAxyz0123456789"),
    "private_key cut off": (PEM[:200], "MIIEpAIBAAKCAQEAxyz0123456789"),
    "aws_secret_key": (f"exported {AWS_SECRET} to env", AWS_SECRET),
    "aws_secret_key by name": (f'{{"secretAccessKey": "{AWS_SECRET}"}}', AWS_SECRET),
    "aws_session_token": ("x " + joined("IQoJ", "b3JpZ2luX2Vj" * 12), joined("IQoJ", "b3JpZ2luX2Vj" * 12)),
    "github_token": (
        "clone https://x-access-token:" + joined("ghp", "_", "a1B2c3D4e5" * 4) + "@github.com/a/b",
        "a1B2c3D4e5",
    ),
    "github fine-grained": (joined("github", "_pat_", "11ABCDEFG0" * 6), "11ABCDEFG0"),
    "gitlab_token": ("token=" + joined("glpat", "-", "aB3dE5gH7jK9mN1pQ3sT"), "aB3dE5gH7jK9mN1pQ3sT"),
    "slack_token": (joined("xoxb", "-123456789012-", "AbCdEfGhIjKlMnOp12345678"), "AbCdEfGhIjKlMnOp12345678"),
    "slack_webhook": (
        "https://hooks.slack.com/services/" + joined("T0ABCDEFG/B0ABCDEFG/", "aBcDeFgHiJkLmNoPqRsTuVwX"),
        "aBcDeFgHiJkLmNoP",
    ),
    "stripe_key": (joined("sk", "_live_", "51HqAbCdEfGhIjKlMnOpQrSt"), "51HqAbCdEfGhIjKl"),
    "google_key": ("?key=" + joined("AIza", "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"), "SyA1b2C3d4E5f6G7h8I9"),
    "google_token": (joined("ya29", ".a0AfB_byC1d2E3f4G5h6I7j8K9l0M1n2"), "a0AfB_byC1d2E3f4"),
    "azure_key": (
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + "aB3+" * 21 + "aB==;EndpointSuffix=x",
        "aB3+aB3+aB3+",
    ),
    "azure_secret": (joined("aB3", "8Q~", "xYz0123456789_abcdefghijklmnopqrst"), "xYz0123456789"),
    "azure_signature": ("https://a.blob.core.windows.net/c?sv=2022&sig=" + "aB3%2Fd" * 7 + "%3D", "aB3%2FdaB3"),
    "okta_token": (
        "Authorization: SSWS " + joined("00", "aBcDeFgHiJkLmNoPqRsTuVwXyZ01234567_-AbCd"),
        "aBcDeFgHiJkLmNoP",
    ),
    "okta_token alone": (joined("00", "aBcDeFgHiJkLmNoPqRsTuVwXyZ01234567_-AbCd"), "aBcDeFgHiJkLmNoP"),
    "basic_auth": (
        "authorization: Basic " + base64.b64encode(b"alice:tops3cret!").decode(),
        base64.b64encode(b"alice:tops3cret!").decode(),
    ),
    "bearer_token": ("Authorization: Bearer 7d1f8a2c9e3b4a5d6f70", "7d1f8a2c9e3b4a5d6f70"),
    "url_password": ("postgres://app:S3cr3t-pw@db.internal:5432/prod", "S3cr3t-pw"),
    "password in a query": ("/login?user=bob&password=Winter2024&next=/", "Winter2024"),
    "password in JSON": ('{"user":"bob","password":"Winter2024"}', "Winter2024"),
    "password in nested JSON": ('{"body":"{\\"password\\":\\"Winter2024\\"}"}', "Winter2024"),
    "password in a message": ("user logged in with password: Winter2024!", "Winter2024"),
    "password in a command": ("mysql -h db --password=Winter2024 -e 'select 1'", "Winter2024"),
    "password of curl": ("curl -s -u admin:Winter2024 https://api.example.com", "Winter2024"),
    "api key": ("api_key=Zx81KqPw44RtYvB2Nm", "Zx81KqPw44RtYvB2Nm"),
    "client secret": ("client_secret: 'q8w7-e6r5-t4y3-u2i1'", "q8w7-e6r5-t4y3-u2i1"),
    "session cookie": (
        "Cookie: theme=dark; JSESSIONID=5F2A9C1D8E7B6A543210FEDCBA; lang=en",
        "5F2A9C1D8E7B6A543210FEDCBA",
    ),
    "set-cookie": ("Set-Cookie: sid=102QxYzAbCdEfGhIjKlMn; Path=/; HttpOnly", "102QxYzAbCdEfGhIjKlMn"),
    "npm_token": (joined("npm", "_", "aB3dE5gH7j" * 3, "K9mN1p"), "aB3dE5gH7jaB3dE5gH7j"),
    "pypi_token": (joined("pypi", "-AgEIcHlwaS5vcmc", "CJGFhYmJjY2RkZWVm" * 4), "CJGFhYmJjY2RkZWVm"),
    "sendgrid_key": (
        joined("SG", ".aBcDeFgHiJkLmNoPqRsT", ".aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789_-AbCdE"),
        "aBcDeFgHiJkLmNoPqRsTuVwXyZ01",
    ),
    "ai_key": (joined("sk", "-ant-api03-", "aB3dE5gH7jK9" * 4), "aB3dE5gH7jK9aB3d"),
    "vault_token": (joined("hvs", ".CAESIJ1a2b3c4d5e6f7g8h9i0j"), "CAESIJ1a2b3c4d5e"),
    "with zero width inside": ("password=Win\u200bter2024", "Winter2024"),
}
# Under these names, values are secret whatever they look like.
NAMED: dict[str, str] = {
    "password": "hunter2",
    "dbPassword": "correct horse",
    "passwd": "12345678",
    "client_secret": "abc-def",
    "clientSecret": "abcdef",
    "secretAccessKey": AWS_SECRET,
    "private_key": "c2hvcnQ=",
    "access_token": "b7f1c0d2e3a4958677",
    "sessionToken": "Zm9vYmFyYmF6cXV4MTIz",
    "x-api-key": "9f8e7d6c5b4a39281706",
    "Authorization": "7d1f8a2c9e3b4a5d6f70",
    "OKTA_API_TOKEN": "aBcDeF0123456789xyz",
    "cookie": "sid=102QxYzAbCdEfGhIjKlMn; theme=dark",
    "refreshToken": "1a2B3c4D5e6F7g8H9i0J",
}
# What analysts follow through logs. Nothing of it may change, whatever it is called.
KEPT: dict[str, str] = {
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "temporary key id": "ASIAIOSFODNN7EXAMPLE",
    "in a signature": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request",
    "accessKey": "AKIAIOSFODNN7EXAMPLE",
    "md5": hashlib.md5(b"x").hexdigest(),
    "sha1": hashlib.sha1(b"x").hexdigest(),
    "sha256": hashlib.sha256(b"x").hexdigest(),
    "SHA256": hashlib.sha256(b"x").hexdigest().upper(),
    "sha512": hashlib.sha512(b"x").hexdigest(),
    "sha256 from zero": "00" + hashlib.sha256(b"x").hexdigest()[2:],
    "base64 sha256": base64.b64encode(hashlib.sha256(b"x").digest()).decode(),
    "hashed_token": base64.b64encode(hashlib.sha256(b"x").digest()).decode(),
    "uuid": str(uuid.UUID(int=0x1234567890ABCDEF1234567890ABCDEF)),
    "clientToken": str(uuid.UUID(int=0x1234567890ABCDEF1234567890ABCDEF)),
    "arn": "arn:aws:iam::123456789012:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
    "secretId": "prod/payments/db",
    "secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/payments-AbCdEf",
    "ip": "2001:db8:85a3::8a2e:370:7334",
    "p_row_id": "a2f9e4c88d7b6cf5e3b1d28e1f04a1b2",
    "next_page_token": "CAoQAA0123456789abcdefXYZ",
    "nextToken": "eyJ2IjoxLCJrIjoiYWJjZGVmZ2hpamtsbW5vcCJ9",
    "cursor": "eyJvZmZzZXQiOjEwMCwicXVlcnkiOiJhYmMifQ==",
    "tokenType": "Bearer",
    "token_type": "urn:ietf:params:oauth:token-type:access_token",
    "credentialType": "PASSWORD",
    "passwordLastUsed": "2026-01-01T00:00:00Z",
    "password": "HIDDEN_DUE_TO_SECURITY_REASONS",
    "passwordResetRequired": "true",
    "PWD": "/home/alice/project",
    "externalSessionId": "102Qx4vYk9ZTRuGwQf1H2aBcD",
    "okta user": "00u1a2b3c4d5e6f7g8h9",
    "path": "AWSLogs/123456789012/CloudTrail/us-east-1/2026/01/01/123456789012_20260101T0000Z_AbCdEfGh.json.gz",
    "kms": "mrk-1234abcd12ab34cd56ef1234567890ab",
    "message": "Basic authentication is disabled; a bearer token is required",
    "policy": "Password must have 12 characters; the secret was rotated",
    "question": "password: required, token: optional",
    "code": "password = event.get('password')\ntoken = deep_get(event, 'token')\nsecret=self.secret",
    "type hint": "def f(password: str, token: Token = None) -> Secret: ...",
    "email": "alice@acme.example",
    "url": "https://console.aws.amazon.com/s3/buckets/acme?region=us-east-1&tab=objects",
    "url with port": "http://10.0.0.1:8080/a@b",
    "session": "arn:aws:sts::123456789012:assumed-role/Admin/alice",
    "confirmation": "confirm_token=a1b2c3d4e5f6a7b8c9d0",
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:" + hashlib.sha256(b"y").hexdigest(),
    "certificate": "-----BEGIN CERTIFICATE-----\nMIIBxTCCAW4CCQ\n-----END CERTIFICATE-----",
    "trace": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
}
