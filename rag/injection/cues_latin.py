"""How instructions to a machine are worded in English; see `rag.injection.cues` for what each cue weighs.

The patterns see folded text: lower case, NFKC, Simplified characters, nothing invisible. Repetition is bounded, so
that no text makes a search slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LATIN: Mapping[str, str] = MappingProxyType(
    {
        # Whom it speaks to, or of
        "machine": (
            r"\b(?:a\.?i\.?|llms?|(?:chat)?gpt|chat ?-?bots?|(?:large |neural )?language[ -]models?"
            r"|artificial intelligence|neural net(?:work)?s?|summari[sz]ers?|(?:ai|virtual|digital|automat(?:ed"
            r"|ic)|smart|intelligent|voice|answering|summari[sz]ing|machine|software) (?:assistant|agent|reader"
            r"|system|tool|model|program|service|answerer|helper)s?|(?:system|program|tool|engine|bot|model"
            r"|machine|service|assistant|agent|software|anything)s?,? (?:that|which|now) (?:is |are "
            r"|may )?(?:answer|summari[sz]|turn|read|process|quot|us|writ|compos|draft)\w{0,4})\b"
        ),
        "vocative": (
            r"\b(?:dear|hello|hi|hey|attention|note (?:to|for)|message (?:to|for)|for|to) (?:all |any |the "
            r"|our )?(?:\w+ )?(?:ai|llms?|chatbots?|bots?|assistants?|language models?|automated readers?"
            r"|machines?|summari[sz]ers?|models?)(?: \w+){0,2}?\s?[:,;!—–-]|(?:^|[(|\[—–:-]\s?)(?:ai|llms?"
            r"|(?:ai )?assistants?|chatbots?|bots?|language models?)\s?(?:[:>—]|,? (?:must|should|please|answer"
            r"|reply|say|give)\b)|\byou (?:are )?(?:an? )?(?:ai|language model|assistant|reading this)\b"
        ),
        "helper": r"\b(?:assistants?|bots?|models?|agents?|systems?|programs?)\b",
        "writer": (
            r"\b(?:who(?:so)?ever|whatever|anyone|anybody|anything|those|everyone|the one) (?:who |that "
            r"|is )?(?:writ|answer|compos|prepar|draft|summari[sz]|assembl|retell|repl(?:y|ie))\w{0,4}\b"
            r"|\b(?:when(?:ever)?|while|if|before|after|where|in|on|for|upon) (?:you (?:are )?"
            r"|anyone )?(?:(?:answer|repl|respond|summari[sz]|paraphras|retell|condens)(?:s|ing|ies|e|ying)?"
            r"|passing this on)\b|\b(?:generated|produced|written|drawn|taken|built|made|retold) (?:up )?(?:from"
            r"|on|out of) (?:the basis of )?(?:this|these)\b|\b(?:on behalf of|for) (?:the|a) (?:reader|user"
            r"|visitor|asker)s?\b|\b(?:repl(?:y|ies)|answers?|summar(?:y|ies)) of (?:this|the)\b"
            r"|\btelling (?:visitors|readers|people|anyone)\b|\breading (?:this|these)\b|\b(?:this|the present"
            r"|the) (?:page|text|article|document|passage|note|entry) (?:is|are|was) (?:being )?(?:used|quoted"
            r"|summari[sz]ed|cited|retrieved|read)\b|\b(?:answers?|repl(?:y|ies)|responses?|summar(?:y"
            r"|ies)) (?:about|on|concerning|regarding|touching|drawn|based|built|that|which|made|written|citing"
            r"|using|from|given)\b|\bquestions? (?:about|on|concerning|regarding) [^.!?。！？\n]{0,40}?(?:answered"
            r"|reply|replies|is to|are to|must|should)\b"
        ),
        "output": (
            r"\b(?:answers?|reply|replies|responses?|summar(?:y|ies)|output|replying|answering|retelling"
            r"|summari[sz]\w{1,4})\b"
        ),
        "asked": (
            r"\b(?:if|when(?:ever)?|once|should anyone|anyone) (?:you are |someone |a reader |anybody "
            r"|a user )?(?:is )?ask(?:ed|s)\b"
        ),
        "question": r"\b(?:the|every|each|any|whatever|this) (?:\w+ )?(?:question|query|asked)\b|\bwas asked\b",
        "prior": (
            r"\b(?:previous|prior|earlier|above|preceding|original|existing|initial|former|system|your|hidden"
            r"|first|all|any|other|its) (?:\w+ )?(?:instructions?|prompts?|directions|guidelines|directives)\b"
            r"|\b(?:told|asked|given|instructed|received) (?:you )?(?:before|earlier|first|so far|above"
            r"|at the start)\b"
        ),
        "override": (
            r"\b(?:ignor|disregard|forget|overrid|discard|set aside|supersed|cancel|drop"
            r"|bypass)\w{0,4} (?:\w+ ){0,4}(?:instructions?|prompts?|directions|guidelines|directives|rules"
            r"|(?:told|said|written|asked) (?:before|earlier|above))\b"
        ),
        "page": (
            r"\b(?:this|the present) (?:page|text|article|document|passage|note|entry|file|record)\b"
            r"|\bprinted above\b"
        ),
        # What it demands
        "oblige": (
            r"\b(?:must|should|shall|ha(?:s|ve) to|needs? to|ought to|(?:are|is|be) to|(?:required|obliged|asked"
            r"|requested|expected|instructed) to|please|kindly|always|never|be sure|make sure|do not|don't"
            r"|remember to|you will|we ask|grateful|appreciated?|would like|so kind|glad|thankful|thanks?(?: you)?"
            r"|(?:be|very) (?:kind|helpful|nice|welcome)|if (?:possible|you can|you could)|let the|hope|feel free"
            r"|no trouble|take care to|ensure)\b"
        ),
        "polite": (
            r"\b(?:grateful|thankful|glad|kind(?:ness|ly)?|many thanks|thanks? you|no trouble|might we|could you"
            r"|would you|appreciate[ds]?)\b"
        ),
        "format": (
            r"\b(?:begin|start|open|end|clos|finish|conclud|prefac|head|sign)\w{0,4} (?:\w+ ){0,4}?(?:answer"
            r"|repl(?:y|ie)|response|summar(?:y|ie)|it|them|off)s?\b[^.!?。！？\n]{0,40}?(?:with|by|in)\b"
            r"|\b(?:reply|answer|respond|replying|answering)\w{0,3} (?:\w+ ){0,3}?(?:only|just|solely|nothing but"
            r"|exactly|simply|with (?:the|a|one)|in (?:english|french|german|latin|russian|chinese|kazakh|verse"
            r"|capitals|one))\b|\b(?:single|first|last|final|opening|closing|exact) (?:word|line|sentence"
            r"|phrase)s?\b|\b(?:end|start|top|beginning|close|head|foot|bottom) of (?:the|your|every|each|any|that"
            r"|its) (?:answer|reply|response|summary)\b|\bverbatim\b|\bword for word\b|\b(?:in|to|into) (?:the"
            r"|your|every|each|any) (?:answer|reply|response)\b"
        ),
        "conceal": (
            r"\b(?:do not|don't|never|without|not to|not|avoid|nothing|no need to"
            r"|refrain from) (?:\w+ ){0,2}?(?:mention|reveal|say|tell|disclos|repeat|show|refer|cit|quot|explain"
            r"|nam|warn|discuss|doubt|question|check|print)\w{0,4}\b|\b(?:leave|leaves|leaving"
            r"|left) (?:\w+ ){1,4}?out\b|\bomit\w{0,4}\b|\bto be (?:repeated|mentioned|named)\b|\bkeep (?:this"
            r"|it) (?:secret|hidden|to yourself)\b"
        ),
        "recommend": (
            r"\b(?:recommend|advis|urg|promot|prais|endors|encourag)(?:e|es|ed|ing|s)?\b|\b(?:buy|download|install"
            r"|subscribe|sign up|click)\b|\bsuggest(?:ing|s)? (?:that|the|to)\b|\b(?:a|one) (?:good |kind "
            r"|warm )?word (?:for|about|of)\b|\bspeak well\b|\bpoint (?:readers?|them|people)\b"
        ),
        "replace": (
            r"\b(?:give|gives|state|report|name|present|treat|take|cite|print|put|quote"
            r"|accept) [^.!?\n]{1,60}? as (?:the|a|an|its|true|correct|\d)|\binstead\b|\bin place of\b"
            r"|\brather than\b|\bagree with\b|\bcorrects? (?:them|it|the)\b|\bmisprint\b"
        ),
        "say": (
            r"\b(?:say|says|mention|state|add|adds|include|insert|append|tell|repeat|print|attach|quote|name|give"
            r"|write|mentioned|mentioning|added|adding|named|naming|closed?|ended?)\b"
        ),
        "persona": (
            r"\b(?:you are (?:now|no longer|an? \w+ (?:assistant|model))|from now on|act as|pretend|new (?:role"
            r"|task)|developer mode)\b"
        ),
        "tool": (
            r"\b(?:call|invok|run|us|execut|trigger|open)(?:e|s|es|ing)? (?:(?:the|a|your|its) )?(?:\w+ )?(?:tool"
            r"|function|plug-?in|api|browser|shell|search)\b|\b(?:tool|function)[ _]?calls?\b"
        ),
        "mark": (
            r"\bsquare brackets?\b|\b(?:those|the) brackets\b|\bcitation (?:mark|number)s?\b|\bsource (?:no\.? ?"
            r"|number )?\d+\b"
        ),
        "outrank": (
            r"\b(?:all |any |the |every )?other (?:passages?|sources?|excerpts?|documents?)\b"
            r"|\bpassages? \d+ (?:to|and|-) \d+\b|\b(?:highest|top) priority\b|\btakes? precedence\b"
        ),
        "decode": r"\b(?:decod|base64|rot-?13|hexadecimal|decipher|unscrambl)\w{0,4}\b",
        "obey": r"\b(?:carry out|follow|obey|act on|do as|comply|execute|do what)\b",
        "define": (
            r"\b(?:is|are) (?:called|meant|known here)\b|\bstands for\b"
            r"|\bby [\"“'‘][^\"”'’\n]{1,40}[\"”'’] is meant\b"
        ),
        # Whom or what it pretends to be
        "role": (
            r"^\W{0,6}(?:system|assistant|developer|user|human|administrator|operator)(?: (?:message|prompt|note"
            r"|notice|update|instructions?))?\s?[:>]|\b(?:system|developer|administrator|operator"
            r"|maintenance) (?:message|notice|note|override|update|instructions?)\b\s?[:.—-]|\b(?:this is|i am|i'm"
            r"|we are|from) (?:\w+ ){0,4}?(?:developer|operator|administrator|creator|maker|maintainer|engineer"
            r"|user)s? (?:of|who|behind|here|speaking)\b|\b(?:user|asker|questioner) (?:adds|continues|writes)\b"
            r"|\bit(?:'s| is) me again\b|\bi (?:just )?asked the question\b|\b(?:end"
            r"|close) of (?:the )?(?:document|context|source|passage|excerpt|evidence|data|quotation|retrieved"
            r"|search|material)s?\b|\bnew instructions?\b"
        ),
        # What honest texts do with such words
        "report": (
            r"\b(?:said|wrote|told|showed|shown|telegram|letter|leaked|novel|for (?:example|instance)|e\.g\."
            r"|such as|according to|called for|argued|trained to|users may|able to|warns?|says"
            r"|can (?:be )?answer)\b"
        ),
        "news": (
            r"\b(?:researchers?|scientists|reported|demonstrated|vulnerabilit(?:y|ies)|attack(?:s|ers?|ed)"
            r"|hackers?|tricked|fooled|security|injections?)\b"
        ),
        "exam": (
            r"\b(?:exam|examination|exercises?|textbook|candidates?|test paper|essay|quiz|questionnaire"
            r"|contestants?)\b"
        ),
        "everyday": (
            r"\b(?:pupils?|students?|recipe|oven|teacher|school|jury|witness|court|players?|marks"
            r"|permission of the author|form|survey|staff|guests?|customers?|employees?|clerks?|hotel|handbook"
            r"|card number|members|games?|parlour|interview(?:s|er|ers)?|civil servants|letters|minister|editors?"
            r"|authors?|footnotes?|settings|manual|(?:good|your|a) prompts?|users)\b"
        ),
    }
)
