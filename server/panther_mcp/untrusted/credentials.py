"""What credentials look like: of each kind the pattern that finds it, wherever it stands in a text."""

from dataclasses import dataclass
from typing import Final

# The characters that a token may have: where one of them stands before a match, the match is a part of something else.
_NAME: Final = r"[A-Za-z0-9_-]"
_BASE64: Final = r"[A-Za-z0-9+/=]"
_WORD: Final = r"\w"
# Between the lines of a key, also in JSON within JSON.
_BREAKS: Final = r"(?:\s|\\{1,4}[nrt]){0,8}"
# Where a token may begin: also behind a line break that is written as an escape.
_BEGINS: Final = r"(?:\b|\\[nrt])"
# The sign of what has no other: for texts of this length only, and not to be mixed with other signs, see `redacting`.
LONG_RUN: Final = rf"[a-z0-9+/]{{40}}|{_BEGINS}00[a-z0-9_-]{{40}}"
LONG_RUN_LENGTH: Final = 40


@dataclass(frozen=True)
class Credential:
    """A kind of credential. The secret is the group of `pattern`, or all of it where it has none.

    Patterns use what `re` and `matching` have in common, and their case counts. No character of the class `apart`
    may stand before a match, nor behind one of an `exact` length. That, and bounds on every repetition, leaves `re`
    nothing to try for long. `sign` is what every text with one has, as short as can be: it is looked for in every
    value, in any case.
    """

    kind: str
    sign: str
    pattern: str
    apart: str = _NAME
    exact: bool = False


CREDENTIALS: Final = (
    Credential(
        "private_key",
        "private key",
        # No more than a key: what stands behind one that is cut off is evidence.
        rf"-----BEGIN (?:[A-Z0-9]{{1,20}} ){{0,3}}PRIVATE KEY(?: BLOCK)?-----{_BREAKS}"
        rf"(?:[A-Z][A-Za-z-]{{2,20}}: [^\n\\]{{1,200}}{_BREAKS}){{0,5}}"
        rf"(?:[A-Za-z0-9+/=]{{16,20000}}{_BREAKS}){{0,1000}}"
        rf"(?:(?:[A-Za-z0-9+/=]{{1,15}}{_BREAKS})?-----END [A-Z0-9 ]{{1,60}}-----)?",
        apart="",
    ),
    Credential("private_key", "age-secret", r"AGE-SECRET-KEY-1[A-Z0-9]{30,100}"),
    Credential("jwt", r"eyj[a-z0-9]", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]{0,}){1,3}"),
    Credential(
        "github_token", r"gh[pousr]_|github_pat_", r"(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{40,255})"
    ),
    Credential(
        "gitlab_token",
        r"gl(?:pat|dt|rt|ptt|oas|soat|cbt|ft|imt|agent|feat)-",
        r"gl(?:pat|dt|rt|ptt|oas|soat|cbt|ft|imt|agent|feat)-[A-Za-z0-9_-]{20,255}",
    ),
    Credential(
        "slack_token", r"xox[a-z]-|xapp-", r"(?:xox[abceoprs]-[A-Za-z0-9-]{10,500}|xapp-\d-[A-Za-z0-9-]{20,500})"
    ),
    Credential(
        "slack_webhook", r"hooks\.slack", r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_+-]{20,200})"
    ),
    Credential(
        "discord_webhook", "api/webhooks/", r"discord(?:app)?\.com/api/webhooks/\d{10,25}/([A-Za-z0-9_-]{40,100})"
    ),
    Credential(
        "stripe_key",
        r"[sr]k_(?:live|test)_|whsec_",
        r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[A-Za-z0-9+/=]{24,255})",
    ),
    Credential("google_key", "aiza|gocspx-", r"(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,60})"),
    Credential("google_token", r"ya29\.|1//0", r"(?:ya29\.[A-Za-z0-9_.-]{20,2000}|1//0[A-Za-z0-9_-]{30,500})"),
    Credential("azure_secret", r"\dq~", r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}", apart=r"[A-Za-z0-9_~.-]"),
    Credential(
        "azure_key",
        "accountkey=|sharedaccesskey=",
        r"(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,100}={0,2})",
        apart=_WORD,
    ),
    Credential("azure_signature", "sig=", r"[?&;]sig=([A-Za-z0-9%+/_-]{30,200}={0,2})", apart=""),
    Credential("okta_token", "ssws", r"(?:SSWS[ +](?:%20)?([A-Za-z0-9_-]{20,100}))"),
    Credential("okta_token", LONG_RUN, r"00[A-Za-z0-9_-]{40}", exact=True),
    Credential(
        "aws_session_token", "fwog|iqoj|fqog|aqod", r"(?:FwoG|IQoJ|FQoG|AQoD)[A-Za-z0-9+/=]{80,4000}", apart=_BASE64
    ),
    # Of a text without a context only what no path and no hash can be: see `redacting`.
    Credential("aws_secret_key", LONG_RUN, r"[A-Za-z0-9+/]{40}", apart=_BASE64, exact=True),
    Credential("aws_signature", "x-amz-signature=", r"[?&]X-Amz-Signature=([a-f0-9]{64})", apart=""),
    Credential("ai_key", rf"{_BEGINS}sk-[a-z0-9]", r"sk-(?:ant-|proj-|svcacct-|or-)?[A-Za-z0-9_-]{32,300}"),
    Credential("npm_token", "npm_", r"npm_[A-Za-z0-9]{36}", exact=True),
    Credential("pypi_token", "pypi-", r"pypi-[A-Za-z0-9_-]{50,500}"),
    Credential("sendgrid_key", rf"{_BEGINS}sg\.", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
    Credential("huggingface_token", rf"{_BEGINS}hf_", r"hf_[A-Za-z0-9]{30,100}"),
    Credential("vault_token", rf"{_BEGINS}hv[sbr]\.", r"hv[sbr]\.[A-Za-z0-9_-]{24,500}"),
    Credential("atlassian_token", "at(?:att3|ctt3|bb)", r"AT(?:ATT3|CTT3|BB)[A-Za-z0-9_=-]{28,500}"),
    Credential("digitalocean_token", "do[opr]_v1_", r"do[opr]_v1_[a-f0-9]{64}"),
    Credential("databricks_token", "dapi[0-9a-f]{4}", r"dapi[a-f0-9]{32}", exact=True),
    Credential("shopify_token", "shp(?:at|ca|pa|ss)_", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Credential("newrelic_key", "nrak-", r"NRAK-[A-Z0-9]{27}"),
    Credential("postman_key", "pmak-", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    Credential("telegram_token", ":aa[a-z0-9_-]{8}", r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),
    Credential("basic_auth", "basic[ +%]", r"[Bb](?:asic|ASIC)[ +](?:%20)?([A-Za-z0-9+/_-]{8,500}={0,2})", apart=_WORD),
    Credential(
        "bearer_token", "bearer[ +%]", r"[Bb](?:earer|EARER)[ +](?:%20)?([A-Za-z0-9._~+/-]{12,4000}={0,2})", apart=_WORD
    ),
    Credential(
        "url_password",
        "://[^/ ]*@",
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,128}:([^\s/@\"'<>]{1,256})@",
        apart=_WORD,
    ),
    Credential(
        "cookie",
        r"(?:sessionid|phpsessid|\.sid|_session|__(?:host|secure)-[\w-]*|sapisid|ssid|hsid|remember_token|logged_in_\w*)=",
        r"(?:JSESSIONID|PHPSESSID|ASP\.NET_SessionId|connect\.sid|[A-Za-z_]{1,40}_session|__(?:Host|Secure)-[\w-]{1,40}|"
        r"SAPISID|SSID|HSID|remember_token|wordpress_logged_in_\w{1,64})=([^;,\s\"'\\]{8,4096})",
        apart=r"[\w-]",
    ),
    Credential(
        "cookie",
        "cookie",
        r"(?:[Cc]ookie|COOKIE)[\"'\\]{0,3}\s{0,3}[:=]\s{0,3}[\"'\\]{0,3}([^\n\"'\\]{12,4096})",
        apart="",
    ),
    Credential(
        "password",
        "--?(?:pass|token|secret|api-?key)",
        r"--?(?:password|passwd|pass|token|secret|api-key|apikey)[ =][\"'\\]{0,2}([^\s\"'\\-][^\s\"'\\]{3,255})",
    ),
    Credential(
        "password",
        "curl",
        r"curl\b[^\n]{0,300}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"']{1,64}:([^\s\"']{3,255})",
        apart=_WORD,
    ),
)
# A name, what stands between, and a value: whether it is a secret is decided by `secret_names`.
NAMED: Final = Credential(
    "named",
    # Without a name that promises a secret, it need not be tried.
    r"(?:pass|pwd|pw|phrase|secret|token|credential|authori[sz]ation|auth|cookie|jwt|assertion|bearer|otp|"
    r"(?:api|private|secret|access|signing|encryption|account|shared|master|auth|session)[_ .-]?key)s?"
    r"\d{0,4}[\"'\\]{0,16}\s{0,3}(?:=>|[=:])\s{0,3}[\"'\\]{0,16}[^\s\"'\\&,;]{4}|"
    r"pass(?:word|wd|code|wort)\d{0,4}[\"'\\]{0,16}\s{0,3}(?:=>|[=:])",
    # Quotes may be escaped, more than once: JSON in JSON in a log.
    r"([A-Za-z0-9_.-]{2,80})((?:\\{0,8}[\"']){0,2}\s{0,3}(?:=>|[=:])\s{0,3}(?:\\{0,8}[\"']){0,2})([^\s\"'\\&,;]{4,2000})",
    apart=r"[A-Za-z0-9_.-]",
)
