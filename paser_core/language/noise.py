"""What files leave in texts, cleaned away before words are counted: never in the texts themselves.

Markup, entities, addresses, file names, LaTeX commands, escapes written out, and the marks that
tokenized corpora leave (``-LRB-``, ``country 's``).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import TypeAlias

# What puts `replacement` in the place of a pattern: (pattern, replacement, text) -> text.
Replacement: TypeAlias = str | Callable[[re.Match[str]], str]
Substitute: TypeAlias = Callable[[re.Pattern[str], Replacement, str], str]

# Character references as html.unescape finds them.
_ENTITY = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
# Tags that mean layout wherever they stand; any other name is a tag only where it looks like one,
# so that `a < b` and `vector<int>` stay.
_TAGS = (
    "a|abbr|article|aside|b|big|blockquote|body|br|button|caption|center|cite|code|col|colgroup|dd|del|"
    "details|div|dl|dt|em|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|"
    "input|ins|kbd|label|li|link|main|mark|meta|nav|nobr|ol|option|p|pre|q|s|samp|script|section|"
    "select|small|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|"
    "title|tr|tt|u|ul|unk|var|video|wbr"
)
_MARKUP = re.compile(
    r"<!--.{0,2000}?-->"
    r"|<(script|style)\b[^<>]{0,500}>.{0,5000}?</\1\s*>"
    r"|<\?[^<>?]{0,500}\?>|<!\[?[A-Za-z][^<>]{0,500}>"
    r"|</[A-Za-z][\w:.-]{0,60}\s*>"
    r"|<[A-Za-z][\w:.-]{0,60}(?:\s[^<>]{0,500}=[^<>]{0,500}|\s*)/>"
    r"|<[A-Za-z][\w:.-]{0,60}\s[^<>=]{1,60}=\s?[\"'][^<>]{0,1000}>"
    rf"|<(?:{_TAGS})(?:\s[^<>]{{0,500}})?/?>",
    re.IGNORECASE | re.DOTALL,
)
_CLOSING = re.compile(r"</([A-Za-z][\w:.-]{0,60})\s*>")
_MOST_NAMES = 200
_SPECIAL = re.compile(r"<\|[^<>|]{1,60}\|>|\[/?INST\]|<</?SYS>>|@([-,.])@")
_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}(?:\s+\"[^\"]{0,200}\")?\)")
_ADDRESS = re.compile(
    r"(?:https?|ftp|file)://[^\s<>\"')\]]+|\bwww\.[^\s<>\"')\]]+|\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+",
    re.IGNORECASE,
)
_SUFFIX = r"\.(?:jpe?g|png|gif|svg|webp|pdf|csv|tsv|xlsx?|docx?|pptx?|zip|tar|gz|mp[34]|wav)\b"
_FILE = re.compile(
    rf"\b[\w./\\-]{{1,200}}{_SUFFIX}",
    re.IGNORECASE,
)
_FILE_END = re.compile(_SUFFIX, re.IGNORECASE)
_BRACKETS = re.compile(r"-[LR][RSC]B-", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})")
_NEW_LINE = re.compile(r"\\[nrt]")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s?\{[^{}]{0,60}\}(?:\[[^\[\]]{0,60}\])?")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?")
_LATEX = re.compile(r"\\(?:begin|end|frac|text|[a-z]+(?:\{|_|\^|\[))|\$[^$]*\\|\\[(\[]")
_POSSESSIVE = re.compile(r"(?<=\w)\s?['’`´]\s?s(?![\w'’])", re.IGNORECASE)
_TORN = re.compile(r"(?<=\w)\s+n['’`´]t(?!\w)", re.IGNORECASE)
# Whether these can match at all: told from the quote on, of which a text has few, not from every blank.
_MARKS = "'’`´"
_TORN_THERE = re.compile(rf"[{_MARKS}](?<=\sn.)t", re.IGNORECASE)
_APART = re.compile(rf"[{_MARKS}](?<=\w\s.)\s?s(?![\w'’])", re.IGNORECASE)
_JOINED = re.compile(rf"[{_MARKS}](?<=\w.)\s?s(?![\w'’])", re.IGNORECASE)
BREAK = " . "  # what was between two texts parts them


def _substitute(pattern: re.Pattern[str], replacement: Replacement, text: str) -> str:
    return pattern.sub(replacement, text)


def plain(text: str, substitute: Substitute = _substitute) -> str:
    """The text as a reader sees it, for counting words.

    ``substitute`` makes every change that there is: who wants to know where a word stood, follows them.
    """
    if "&" in text:
        for _ in range(2):  # entities are often escaped twice
            text = substitute(_ENTITY, _unescaped, text)
    if "<" in text:
        closed = sorted(set(_CLOSING.findall(text)))[:_MOST_NAMES]
        text = substitute(_SPECIAL, BREAK, substitute(_MARKUP, BREAK, text))
        if closed:  # tags of any name that is closed somewhere: ``<note>…</note>``
            text = substitute(_opened(closed), BREAK, text)
    if "@" in text or "[" in text:
        text = substitute(_IMAGE_OR_LINK, r"\1 ", substitute(_SPECIAL, r"\1", text))
    if ("/" in text or "@" in text or "www." in text) and _may_hold_address(text):
        text = substitute(_ADDRESS, BREAK, text)
    if "." in text and _FILE_END.search(text):
        text = substitute(_FILE, BREAK, text)
    if "\\" in text:
        text = _without_commands(text, substitute)
    if "-" in text:
        text = substitute(_BRACKETS, BREAK, text)
    if any(mark in text for mark in _MARKS):
        if _TORN_THERE.search(text):
            text = substitute(_TORN, "n't", text)
        text = substitute(_POSSESSIVE if _APART.search(text) else _JOINED, "", text)
    return text


def _unescaped(entity: re.Match[str]) -> str:
    return html.unescape(entity.group())


def _may_hold_address(text: str) -> bool:
    return "://" in text or "@" in text or "www." in text.lower()


def _opened(closed: list[str]) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in closed)
    return re.compile(rf"<(?:{names})(?:\s[^<>]{{0,500}})?/?>")


def _without_commands(text: str, substitute: Substitute) -> str:
    text = substitute(_ESCAPE, " ", text)
    if _LATEX.search(text):
        return substitute(_COMMAND, " ", substitute(_ENVIRONMENT, BREAK, text))
    # Without LaTeX around it, \n is a line break that was written out.
    return substitute(_COMMAND, " ", substitute(_NEW_LINE, "\n", text))
