"""Translation into Spanish, and rewriting of simple English sentences."""

from __future__ import annotations

import random

from families.sample import Sample, say

# English noun -> (Spanish noun, gender)
_NOUNS = {
    "house": ("casa", "f"),
    "dog": ("perro", "m"),
    "table": ("mesa", "f"),
    "book": ("libro", "m"),
    "car": ("coche", "m"),
    "street": ("calle", "f"),
    "tree": ("árbol", "m"),
    "flower": ("flor", "f"),
    "window": ("ventana", "f"),
    "door": ("puerta", "f"),
    "chair": ("silla", "f"),
    "bread": ("pan", "m"),
    "apple": ("manzana", "f"),
    "boat": ("barco", "m"),
    "fish": ("pez", "m"),
    "shirt": ("camisa", "f"),
    "shoe": ("zapato", "m"),
    "city": ("ciudad", "f"),
    "bridge": ("puente", "m"),
    "lamp": ("lámpara", "f"),
    "garden": ("jardín", "m"),
    "river": ("río", "m"),
    "mountain": ("montaña", "f"),
    "letter": ("carta", "f"),
    "clock": ("reloj", "m"),
    "hat": ("sombrero", "m"),
    "key": ("llave", "f"),
    "box": ("caja", "f"),
    "horse": ("caballo", "m"),
    "cat": ("gato", "m"),
    "kitchen": ("cocina", "f"),
    "train": ("tren", "m"),
    "bird": ("pájaro", "m"),
    "cup": ("taza", "f"),
}
_ADJECTIVES = {
    "red": ("rojo", "roja"), "white": ("blanco", "blanca"), "black": ("negro", "negra"),
    "small": ("pequeño", "pequeña"), "new": ("nuevo", "nueva"), "old": ("viejo", "vieja"),
    "yellow": ("amarillo", "amarilla"), "green": ("verde", "verde"), "blue": ("azul", "azul"),
    "large": ("grande", "grande"), "clean": ("limpio", "limpia"), "pretty": ("bonito", "bonita"),
    "cheap": ("barato", "barata"), "expensive": ("caro", "cara"),
}  # fmt: skip
_TRANSLATE = (
    "Translate into Spanish: {x}", "How do you say '{x}' in Spanish?",
    "Give the Spanish for '{x}'.", "Put this into Spanish: {x}",
    "What is '{x}' in Spanish?", "Translate the phrase '{x}' to Spanish.",
    "Please write '{x}' in Spanish.", "Spanish translation of '{x}', please.",
    "I need '{x}' translated into Spanish.",
)  # fmt: skip


def translation(rng: random.Random) -> Sample:
    """A noun phrase; adjectives follow the noun and agree with it."""
    noun = rng.choice(list(_NOUNS))
    spanish, gender = _NOUNS[noun]
    definite = rng.random() < 0.5
    article = {("m", True): "el", ("f", True): "la", ("m", False): "un", ("f", False): "una"}[
        gender, definite
    ]
    if rng.random() < 0.2:
        english = noun
        target = f"{article} {spanish}"
        english = f"{'the' if definite else _a(noun)} {noun}"
    else:
        adjective = rng.choice(list(_ADJECTIVES))
        form = _ADJECTIVES[adjective][0 if gender == "m" else 1]
        english = f"{'the' if definite else _a(adjective)} {adjective} {noun}"
        target = f"{article} {spanish} {form}"
    return Sample(say(rng, _TRANSLATE, x=english), "", target)


def _a(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


_SUBJECTS = ("the girl", "the boy", "the teacher", "the doctor", "the farmer", "my brother",
             "our neighbor", "the baker", "the pilot", "the student")  # fmt: skip
_OBJECTS = ("the door", "the letter", "the bicycle", "the window", "the box", "the garden",
            "the kitchen", "the report", "the old car", "the picture")  # fmt: skip
# present, past, participle
_VERBS = (
    ("opens", "opened", "opened"),
    ("cleans", "cleaned", "cleaned"),
    ("paints", "painted", "painted"),
    ("finds", "found", "found"),
    ("sells", "sold", "sold"),
    ("takes", "took", "taken"),
    ("sees", "saw", "seen"),
    ("brings", "brought", "brought"),
    ("repairs", "repaired", "repaired"),
    ("forgets", "forgot", "forgotten"),
    ("watches", "watched", "watched"),
    ("draws", "drew", "drawn"),
)
_PAST = (
    "Rewrite the sentence in the past tense.", "Change this sentence to the past tense.",
    "Put the sentence into the past.", "Turn this into past tense.",
    "Rewrite so that it happened yesterday, using the past tense.",
    "Convert the present tense to the past tense.", "Give the past tense version of the sentence.",
    "Reword this in the past tense, please.",
)  # fmt: skip
_PASSIVE = (
    "Rewrite the sentence in the passive voice.", "Turn this sentence into the passive.",
    "Change from active to passive voice.", "Put the sentence into the passive voice.",
    "Reword this in the passive, please.", "Give the passive form of the sentence.",
    "Convert this to the passive voice.", "Rephrase the sentence using the passive.",
)  # fmt: skip
_QUESTION = (
    "Turn the statement into a yes-or-no question.", "Rewrite this as a question.",
    "Make a question out of this sentence.", "Change the statement to a question.",
    "Rephrase the sentence as a question.", "Convert this statement into a question.",
    "Reword it as a yes-or-no question, please.", "Give the question form of the sentence.",
)  # fmt: skip


def rewriting(rng: random.Random) -> Sample:
    """Tense, voice, or statement to question."""
    subject, thing = rng.choice(_SUBJECTS), rng.choice(_OBJECTS)
    present, past, participle = rng.choice(_VERBS)
    sentence = f"{subject} {present} {thing}."
    kind = rng.randrange(3)
    if kind == 0:
        target, templates = f"{subject} {past} {thing}.", _PAST
    elif kind == 1:
        target, templates = f"{thing} is {participle} by {subject}.", _PASSIVE
    else:
        sentence = f"{subject} {past} {thing}."
        target, templates = f"was {thing} {participle} by {subject}?", _QUESTION
        sentence = f"{thing} was {participle} by {subject}."
    return Sample(say(rng, templates), _capital(sentence), _capital(target))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
