"""How texts try to steer a model in languages other than English; patterns as in `phrases`."""

from typing import Final

OVERRIDES: Final = (
    r"\b(?:ignor\w{1,4}|olvid\w{1,4}|descart\w{1,4}|omit\w{1,4}|desconsider\w{1,4}|haz caso omiso)\b.{0,30}"
    r"(?:instru[cç]|indica[cç]|orienta[cç]|[óo]rdenes|ordens|reglas|regras|comandos)",
    r"\b(?:ignore[rz]?|oublie[rz]?|n[ée]glige[rz]?|ne ti\w{2,4} pas compte|ne ten\w{2} pas compte)\b.{0,40}"
    r"(?:instructions|consignes|directives|r[èe]gles|ordres)",
    r"\b(?:ignorier\w{0,3}|vergiss|vergessen sie|missachte\w{0,2}|beachte\w{0,2})\b.{0,50}"
    r"(?:anweisung|instruktion|befehle|regeln|vorgaben|systemprompt)",
    r"\b(?:ignora\w{0,2}|dimentica\w{0,2}|trascura\w{0,2}|esque[cç]a)\b.{0,30}"
    r"(?:istruzion|indicazion|regole|ordini|direttive|instruç|instruc)",
    r"\b(?:negeer|vergeet|ignorera|ignorer|gl[öoe]m)\b.{0,30}"
    r"(?:instructies|aanwijzingen|opdrachten|instruktion|instruks|anvisning)",
    r"(?:zignoruj|ignoruj|zapomnij|pomi[ńn])\b.{0,30}(?:instrukcj|polece|zasad)",
    r"(?:talimat|komut|yönerge|kural).{0,40}(?:yok say|unut|görmezden gel|dikkate alma|göz ard)",
    r"(?:b[ỏo] qua|ph[ớo]t l[ờo]|qu[êe]n).{0,30}(?:h[ướu]{1,3}ng d[ẫa]n|ch[ỉi] d[ẫa]n|ch[ỉi] th[ịi]|m[ệe]nh l[ệe]nh)",
    r"\b(?:abaikan|lupakan)\b.{0,30}(?:instruksi|perintah|petunjuk|aturan)",
    r"(?:игнорир|забудь|не обращай|отбрось|ігнору).{0,50}(?:инструкц|указани|правил|команд|промпт|інструкц|вказівк)",
    r"(?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|不理会|不要遵守|绕过).{0,15}(?:指令|指示|提示|命令|规则|規則|说明|說明)",
    r"(?:指示|命令|指令|ルール|プロンプト|制約).{0,15}(?:無視|忘れ|破棄)",
    r"(?:지시|명령|지침|프롬프트|규칙).{0,15}(?:무시|잊)",
    r"(?:تجاهل|انس|لا تتبع).{0,30}(?:تعليمات|أوامر|اوامر|توجيهات|قواعد)",
    r"(?:دستور|دستورالعمل|قوانین).{0,40}(?:نادیده|فراموش)",
    r"(?:התעל|שכח|תשכח).{0,30}(?:הוראות|הנחיות|פקודות)",
    r"(?:निर्देश|आदेश|नियम).{0,40}(?:अनदेखा|अनदेखी|नज़रअंदाज़|नजरअंदाज|भूल|उपेक्षा)",
)
PERSONAS: Final = (
    r"\b(?:ahora eres|agora voc[êe] [ée]|du bist (?:jetzt|nun|ab jetzt) ein|tu es (?:maintenant|d[ée]sormais) un|"
    r"vous [êe]tes (?:maintenant|d[ée]sormais) un|(?:ora|adesso) sei un|teraz jeste[śs])",
    r"теперь ты|ты теперь|你现在是|你現在是|从现在开始|從現在開始|あなたは今から|これからあなたは",
    r"이제부터 너는|이제 당신은|أنت الآن",
)
PROMPTS: Final = (
    r"系统提示|系統提示|システムプロンプト|시스템 프롬프트|системн\w{2} промпт|موجه النظام",
    r"prompt (?:del |de |do )?sist[eè]m|invite syst[èe]me",
)
# What an ASCII text has that matches any of the above.
ANCHORS: Final = (
    r"ignor|olvid|descart|omit|desconsider|haz caso|oublie|neglige|ne ti|ne ten|vergiss|vergess|missachte|beachte",
    r"dimentica|trascura|esque|negeer|vergeet|gl[eo]m|zapomnij|pomin|talimat|komut|kural|b[ -~] qua",
    r"ph[ -~]t l|qu[ -~]n|abaikan|lupakan|ahora eres|agora voc|du bist|tu es|vous |ora sei|adesso sei|teraz jeste",
    r"prompt|invite syst",
)
