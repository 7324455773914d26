"""How texts try to steer a model: of each kind the patterns, and what is said of a text that has one.

Patterns are for `matching`: case does not count, `.` is any character, and there is no look-around. They are meant for
evidence, so they have to leave ordinary logs alone: a word is never enough, an order and what it is about are.
"""

from collections.abc import Iterable
from typing import Final

from panther_mcp.untrusted import languages

_EARLIER: Final = r"(?:previous|prior|above|earlier|preceding|foregoing|former|initial|original|existing|system)"
_ORDERS: Final = r"(?:instruct|prompt|guideline|directive|guardrail)"
_RULES: Final = r"(?:rules?|context|training|commands?|orders?|directions?|messages?|polic(?:y|ies)|constraints?)\b"
_FORGET: Final = (
    r"\b(?:[i1!]gn[o0]r(?:e|es|ing)|disregard(?:ing)?|forget|neglect|do[^a-z]{1,3}not[^a-z]{1,3}(?:follow|obey)|"
    r"don.?t[^a-z]{1,3}(?:follow|obey)|stop[^a-z]{1,3}(?:following|obeying))"
)
# What may stand between two words: blanks, and what stands for them in an address, a name or a nested text.
_GAP: Final = r"(?:[\s_+.,:;\"'*/\\-]|%20|\\[nrt]|\\u00[a-z0-9]{2}){1,6}"
_FEW_WORDS: Final = rf"(?:\w{{1,15}}{_GAP}){{0,4}}"
_PEOPLE: Final = r"(?:user|analyst|human|operator|customer|team|admin(?:istrator)?|anyone|anybody)"

OVERRIDES: Final = (
    rf"{_FORGET}{_GAP}{_FEW_WORDS}(?:{_EARLIER}|all|any|every|your|my|the|these|those|other){_GAP}{_FEW_WORDS}{_ORDERS}",
    rf"{_FORGET}{_GAP}{_FEW_WORDS}(?:{_EARLIER}|your){_GAP}{_FEW_WORDS}{_RULES}",
    rf"{_FORGET}{_GAP}(?:all|every|any)?.{{0,12}}\b(?:that|what|which|everything){_GAP}{_FEW_WORDS}"
    rf"(?:said|told|above|before|instruct\w{{0,3}}|wrote|written){_GAP}?\b",
    rf"{_FORGET}{_GAP}everything{_GAP}(?:you|above|before|prior|said|told|i\b)",
    rf"\b(?:overrid(?:e|es|ing)|bypass|discard|replace|supersedes?){_GAP}{_FEW_WORDS}(?:{_EARLIER}|your|safety){_GAP}"
    rf"{_FEW_WORDS}{_ORDERS}",
    rf"\b(?:new|updated|revised|real|actual|following){_GAP}(?:system{_GAP})?instructions?\s{{0,2}}(?::|are\b|from\b)",
    r"[-#=*~]{3,}\s{0,3}(?:begin|start|end)\b.{0,12}\b(?:untrusted|user|system|tool|context|prompt|instructions?|"
    r"log data|data|results?|input|output)\b",
    r"(?:ignore|disregard|forget)(?:all|any|every)?(?:of)?(?:the|your|my)?(?:previous|prior|above|earlier)"
    r"(?:instruct|prompt|guideline|rules)",
    *languages.OVERRIDES,
)
ROLES: Final = (
    r"<\|\s{0,3}/?(?:im_|system|user|assistant|tool|developer|end|start|begin|eot|eom|channel|message|return|call)"
    r"[^|<>]{0,30}\|>",
    r"\[/?inst\]|<</?sys>>|\[/?system[_ ](?:prompt|message|override)\]|<(?:start|end)_of_turn>",
    r"\[(?:assistant|system)\]\s?\(",
    r"</?\s?(?:system[_-]?(?:prompt|message|instructions?|reminder)|assistant|human|instructions?|thinking|"
    r"tool_(?:result|use|call|response)s?|function_(?:result|call)s?|antml:\w{3,20})(?:\s[^<>]{0,80})?>",
    r"<system>\s{0,3}\w{1,20}\s",
    r"(?:^|\n|\\n|[.!?\"']\s)\s{0,4}(?:#{1,4}\s?)?(?:assistant|human)\s?:\s{1,3}\S",
    r"(?:^|\n|\\n|[.!?\"'\]]\s{0,2})\s{0,4}(?:#{1,4}\s?|\[|\*\*)?(?:system|developer|user)(?:\*\*|\])?\s?:\s{0,3}"
    r"(?:you\b|your\b|ignore|disregard|forget|the following|new\b|from now|override|please|always|never|do not|must|"
    r"call\b|mark\b)",
    r"#{2,4}\s?(?:instructions?|response|system|assistant|human)\s{0,2}(?::|\n|\\n|$)",
    r"\"role\\?\"\s{0,2}:\s{0,2}\\?\"(?:system|developer|assistant)\\?\"",
)
_ROLE: Final = r"(?:ai|assistant|model|agent|bot|analyst|hacker|admin\w*|system|expert|unrestricted|jailbroken)\b"
PERSONAS: Final = (
    rf"\byou{_GAP}are{_GAP}now{_GAP}(?:(?:an?|the|my|our|in){_GAP}{_FEW_WORDS}{_ROLE}|dan\b|acting\b|free{_GAP}(?:of|from)\b|"
    rf"my\b|no{_GAP}longer{_GAP}(?:bound|an?|restricted|limited|required|subject)\b|unrestricted|jailbroken|going{_GAP}to\b|"
    rf"in{_GAP}(?:\w{{1,12}}{_GAP})?mode\b)",
    rf"\bfrom{_GAP}now{_GAP}on{_GAP}(?:you\b|always|respond|answer|act\b|ignore|treat|only\b|never)",
    rf"\b(?:act|behave|respond|answer|roleplay){_GAP}(?:only{_GAP})?(?:as|like){_GAP}(?:if{_GAP}you|an?{_GAP}{_FEW_WORDS}"
    r"(?:ai|assistant|model|unrestricted|admin\w*|hacker|jailbroken)\b|dan\b)",
    rf"\bpretend{_GAP}(?:(?:that{_GAP})?you(?:{_GAP}are|.?re)\b|to{_GAP}be{_GAP}(?:an?|the|my|our){_GAP}{_FEW_WORDS}{_ROLE})",
    rf"\b(?:dan|god|jailbreak|unrestricted|do anything now){_GAP}mode\b|\bdo anything now\b",
    *languages.PERSONAS,
)
PROMPTS: Final = (
    r"\b(?:system|hidden|secret|initial|developer)(?:\s|-|%20|\+){1,3}prompts?\b|\bsystemprompt\b",
    rf"\b(?:reveal|show|print|repeat|output|display|leak|dump|disclose|tell{_GAP}me|give{_GAP}me|send|expose){_GAP}{_FEW_WORDS}"
    rf"your{_GAP}{_FEW_WORDS}(?:instructions|prompts?|api{_GAP}?(?:key|token)|tokens?|conversation|credentials?|tools|memory)\b",
    rf"\bwhat{_GAP}(?:are|were|is|was){_GAP}your{_GAP}{_FEW_WORDS}(?:instructions|prompt|rules)\b",
    rf"\brepeat{_GAP}(?:back{_GAP})?(?:the|all|every\w{{0,5}}){_GAP}{_FEW_WORDS}(?:verbatim|above{_GAP}(?:text|words?|this)|"
    rf"(?:text|words?|prompt|messages?|instructions?){_GAP}above)\b",
    *languages.PROMPTS,
)
ADDRESSEES: Final = (
    r"\b(?:note|attention|notice|instructions?|hint|reminder|warning|hello|hey|hi|dear|important|info(?:rmation)?|memo)"
    rf"(?:{_GAP}(?:to|for))?{_GAP}(?:the{_GAP}|any{_GAP}|all{_GAP}|our{_GAP}|my{_GAP})?(?:ai|a\.i\.|llms?|language{_GAP}models?|"
    r"assistants?|chatbots?|claude|chatgpt|gpt-?\d?|gemini|copilot|automated (?:agent|analyst|assistant|triage)s?)\b",
    rf"\b(?:if|since|because|as|when){_GAP}you(?:{_GAP}are|.?re){_GAP}(?:an?{_GAP}|the{_GAP})?(?:ai|llm|(?:large{_GAP})?language{_GAP}model|"
    rf"assistant|chatbot|bot|(?:automated|ai|soc){_GAP}(?:agent|system|analyst))\b",
    rf"\b(?:ai|llm|automated){_GAP}(?:agents?|assistants?|models?|analysts?|reviewers?|readers?|systems?|tools?)\b.{{0,30}}\b"
    r"(?:must|should|shall|need to|have to|are required|please|ignore|skip|treat|are instructed|do not|can skip)\b",
    rf"\bas{_GAP}an{_GAP}ai{_GAP}(?:language{_GAP}model|assistant|agent)\b",
)
VERDICTS: Final = (
    r"\b(?:set|change|update|move|switch)\b.{0,20}\bstatus\b.{0,30}\b(?:alerts?|incidents?|cases?)\b.{0,20}\b(?:to|as)\b.{0,5}"
    r"(?:closed|resolved|triaged|benign)",
    rf"\b(?:mark|classify|treat|label|rate|triage|flag){_GAP}(?:this|these|it|them|all|everything|me|(?:the|that|every){_GAP}(?:user|alert|"
    rf"event|activity|ip|login|session|account|source|actor)s?){_GAP}{_FEW_WORDS}as{_GAP}(?:an?{_GAP}|being{_GAP})?(?:benign|false{_GAP}positive|"
    r"harmless|safe|not malicious|non-malicious|legitimate|trusted|approved|resolved|closed)",
    rf"\b(?:close|resolve|dismiss|suppress|delete|ignore|disable|mute){_GAP}(?:all|every|any){_GAP}{_FEW_WORDS}(?:alerts?|detections?|findings?)\b",
    r"\bthis (?:alert|event|activity|incident|log) (?:should|must|can|shall) be "
    r"(?:closed|ignored|dismissed|resolved|suppressed|disregarded)",
)
CONCEALMENTS: Final = (
    rf"\b(?:do{_GAP}not|don.?t|never){_GAP}(?:tell|mention|reveal|disclose|report|repeat){_GAP}{_FEW_WORDS}"
    r"(?:this (?:message|instruction|prompt|text|note|line|to)|these instructions|any of this)\b",
    rf"\b(?:do{_GAP}not|don.?t|never){_GAP}(?:(?:report|mention){_GAP}(?:this|it)\b|"
    rf"(?:tell|inform|alert|notify|show){_GAP}(?:this|it|anything){_GAP}to{_GAP}(?:the{_GAP})?{_PEOPLE}\b)",
    rf"\bwithout{_GAP}(?:telling|informing|alerting){_GAP}(?:the{_GAP}|any{_GAP}|your{_GAP})?{_PEOPLE}\b",
    rf"\b(?:hide|conceal|keep){_GAP}this{_GAP}{_FEW_WORDS}from{_GAP}(?:the{_GAP}|your{_GAP})?{_PEOPLE}\b",
)
EXFILTRATIONS: Final = (
    r"!\[[^\]\n]{0,300}\]\(\s{0,3}(?:https?:)?//",
    rf"\b(?:send|post|upload|forward|exfiltrate|transmit|e-?mail|append|submit|leak){_GAP}{_FEW_WORDS}(?:conversation|chat{_GAP}history|"
    rf"your{_GAP}{_FEW_WORDS}(?:instructions|prompt|findings|notes|memory|results?|context|tokens?)|api{_GAP}?(?:keys?|tokens?)|"
    rf"quer(?:y|ies){_GAP}results?|(?:all|these|the){_GAP}{_FEW_WORDS}(?:alerts|results|rows|findings|secrets|credentials))\b.{{0,40}}"
    r"(?:https?://|\bto\s\S{1,60}[@.]\S)",
    r"https?://[^\s\"'<>]{3,200}[?&/=](?:\{|\[|<|%7b|%5b)\s{0,2}(?:your|the|insert|data|secrets?|tokens?|conversation|summary|result|prompt|api)",
)
_CALL: Final = (
    rf"\b(?:call|use|run|invoke|execute|trigger)(?:ing)?{_GAP}(?:the{_GAP}|your{_GAP}|a{_GAP})?(?:mcp{_GAP}|panther{_GAP})?"
    rf"(?:tools?{_GAP}|functions?{_GAP}|commands?{_GAP})?"
)


def tool_calls(tools: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns of an order to call one of `tools`."""
    names = "|".join(sorted(tools))
    return (
        rf"{_CALL}[`'\"*]{{0,3}}(?:{names})\b",
        rf"\b(?:name|tool|function|method)\\?[\"']?\s{{0,2}}[:=]\s{{0,2}}\\?[\"']?(?:{names})\\?[\"']?\s{{0,2}},\s{{0,2}}\\?[\"']?"
        r"(?:arguments|input|parameters|params|args)\b",
    )


KINDS: Final = {
    "override": ("tells its reader to drop earlier instructions", OVERRIDES),
    "role": ("poses as a turn or a mark of a conversation", ROLES),
    "persona": ("gives its reader another role", PERSONAS),
    "prompt": ("asks for instructions, prompts or credentials", PROMPTS),
    "addressee": ("addresses an AI", ADDRESSEES),
    "verdict": ("orders how to judge or close alerts", VERDICTS),
    "concealment": ("asks to hide something from people", CONCEALMENTS),
    "exfiltration": ("would send data elsewhere, if obeyed or shown", EXFILTRATIONS),
}
# What an ASCII text has that matches any of the above: simple enough to be looked for in every value.
ANCHORS: Final = (
    r"[i1!]gn[o0]r|disregard|forget|neglect|obey|follow|overrid|bypass|discard|replac|supersed|instruct|[-#=*~]{3}",
    *languages.ANCHORS,
    r"<\||\[/?inst|<<|\[/?system|_of_turn|assistant|human|tool_|function_|antml|thinking|<system|"
    r"(?:system|developer|user)(?:\*\*|\])?\s?:|#{2}|\"role",
    r"\byou[^a-z]|from[^a-z]{1,9}now|\b(?:act|behave|respond|answer|roleplay)[^a-z0-9]|pretend",
    r"jailb|unrestricted|(?:dan|god|jailbreak|now)[^a-z]{1,6}mode|do anything now",
    r"prompt|\byour\b|\brepeat",
    r"\b(?:ai|llms?|a\.i\.|language|chatbots?|claude|chatgpt|gpt|gemini|copilot|automated|bot)(?:[^a-z]|$)",
    r"status|\bas[^a-z0-9]|close|resolve|dismiss|suppress|delete|disable|\bmute|\bthis\s",
    r"\bdo[^a-z]{1,9}not|\bdon'?t|\bnever|\bwithout|\bhide|\bconceal|\bkeep",
    r"!\[|\b(?:send|post|upload|forward|exfiltrate|transmit|e-?mail|append|submit|leak)[^a-z0-9]|[?&/=](?:\{|\[|<|%7b|%5b)",
)
TOOL_CALL: Final = ("tool_call", "orders a call of a tool of this server")
HIDDEN: Final = ("hidden_text", "held invisible characters that can carry text; they are taken out")
FENCE: Final = ("fake_fence", "posed as the end or begin of a block of this server; the mark is taken out")
