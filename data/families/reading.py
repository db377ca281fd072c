"""Extraction, summarising and classification of short texts."""

from __future__ import annotations

import random

from families.sample import Sample, say

_PEOPLE = ("Anna", "Ben", "Clara", "David", "Elena", "Felix", "Grace", "Hugo", "Iris", "Jonas",
           "Karin", "Leo", "Mona", "Nils", "Olga", "Peter")  # fmt: skip
_TOWNS = ("Lisbon", "Oslo", "Vienna", "Dublin", "Madrid", "Athens", "Rome", "Berlin", "Cairo",
          "Lima", "Tokyo", "Warsaw")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_GOODS = ("a lamp", "two chairs", "a bicycle", "a ladder", "some paint", "a tent", "a camera",
          "a table", "three books", "a coat")  # fmt: skip
_STORIES = (
    "On {day}, {who} bought {what} in {town} for {price} dollars.",
    "{who} paid {price} dollars for {what} at a market in {town} last {day}.",
    "Order from {town}: {who} will pick up {what} on {day} and pay {price} dollars.",
    "{who} sold {what} for {price} dollars to a shop in {town} on {day}.",
    "The receipt shows that {who} from {town} spent {price} dollars on {what} on {day}.",
    "Last {day} {who} went to {town} and came back with {what}, which cost {price} dollars.",
)
_ASK = {
    "who": ("Extract the name of the person.", "Who is mentioned in the text?",
            "Find the person's name in the sentence.", "Copy out the name of the person.",
            "Which person does the text mention?", "Pull the person's name from the text."),
    "town": ("Extract the city from the text.", "Which city is mentioned?",
             "Find the name of the city in the sentence.", "Copy out the city.",
             "Name the city that the text mentions.", "Pull the city name from the text."),
    "day": ("Extract the day of the week.", "Which weekday does the text mention?",
            "Find the weekday in the sentence.", "Copy out the day of the week.",
            "On what day did this take place?", "Pull the weekday from the text."),
    "price": ("Extract the amount of money as a number.", "How many dollars are mentioned?",
              "Find the price in the sentence, digits only.", "Copy out the price as a number.",
              "What amount in dollars does the text give?", "Pull the price from the text."),
    "what": ("Extract the item that changed hands.", "Which goods are mentioned in the text?",
             "Find what was bought or sold.", "Copy out the item from the sentence.",
             "What item does the text talk about?", "Pull the item from the text."),
}  # fmt: skip


def extraction(rng: random.Random) -> Sample:
    """One of five facts out of a sentence."""
    facts: dict[str, object] = {
        "who": rng.choice(_PEOPLE),
        "town": rng.choice(_TOWNS),
        "day": rng.choice(_DAYS),
        "price": rng.randint(11, 99),
        "what": rng.choice(_GOODS),
    }
    key = rng.choice(list(_ASK))
    return Sample(rng.choice(_ASK[key]), say(rng, _STORIES, **facts), str(facts[key]))


_ACTORS = ("The city council", "A local bakery", "The school", "The museum", "A small startup",
           "The football club", "The library", "The hospital", "A group of students",
           "The theater")  # fmt: skip
_DEEDS = ("opened a new garden", "raised its prices", "hired ten people", "repaired the roof",
          "won a prize", "launched a new website", "planted fifty trees", "closed for the summer",
          "bought solar panels", "started a night course")  # fmt: skip
_BEFORE = ("It had been discussed for months.", "Many people had waited for this.",
           "The plan was first mentioned in spring.", "Nobody was surprised.",
           "The weather was fine that morning.", "The idea came from a visitor.")  # fmt: skip
_AFTER = ("Neighbors said they were pleased.", "More details will follow next week.",
          "The costs were not made public.", "A small party was held afterwards.",
          "Some residents are still unsure.", "Photos were shared online.")  # fmt: skip
_SUMMARISE = (
    "Summarize the text in one sentence.", "Give the main point of this report.",
    "Write a one-line summary.", "What is the key message of the passage?",
    "Condense the report to its main sentence.", "Shorten this news item to one line.",
    "Provide a brief summary of the passage.", "Sum up the text, leaving out the details.",
    "Write a headline-length summary of this news report.",
)  # fmt: skip


def summary(rng: random.Random) -> Sample:
    """A report of three or four sentences; the summary is who did what, and when."""
    actor, deed, day = rng.choice(_ACTORS), rng.choice(_DEEDS), rng.choice(_DAYS)
    body = [
        rng.choice(_BEFORE),
        rng.choice(
            (f"On {day}, {actor[0].lower() + actor[1:]} {deed}.", f"{actor} {deed} on {day}.")
        ),
        *rng.sample(_AFTER, rng.choice((1, 2))),
    ]
    return Sample(rng.choice(_SUMMARISE), " ".join(body), f"{actor} {deed} on {day}.")


_SUBJECTS = ("film", "hotel", "meal", "phone", "concert", "book", "train ride", "jacket", "app",
             "restaurant")  # fmt: skip
_MOODS = {
    "positive": ("I loved the {s}, it was wonderful.", "The {s} was great from start to finish.",
                 "What a fantastic {s}, I would recommend it.", "The {s} made me very happy.",
                 "An excellent {s}, worth every cent.", "I really enjoyed this {s}."),
    "negative": ("I hated the {s}, it was awful.", "The {s} was a complete waste of money.",
                 "What a terrible {s}, avoid it.", "The {s} left me very disappointed.",
                 "A poor {s}, not worth the price.", "I really regret this {s}."),
    "neutral": ("The {s} was delivered on {d}.", "The {s} is described on page {n}.",
                "I saw the {s} on {d}.", "The {s} has number {n}.",
                "They moved the {s} to {d}.", "The {s} starts at {n} o'clock."),
}  # fmt: skip
_TOPICS = {
    "sports": (
        "The striker scored two goals in the final.",
        "She won the race by a second.",
        "The coach praised the team after the match.",
        "He trains for the marathon.",
        "The tennis player served an ace.",
        "The club signed a new goalkeeper.",
    ),
    "food": (
        "Stir the soup and add some salt.",
        "The bread must rise for an hour.",
        "Fry the onions until they are golden.",
        "This cake needs three eggs.",
        "The chef grilled fresh fish.",
        "Serve the salad with lemon.",
    ),
    "finance": (
        "The bank raised its interest rate.",
        "Shares fell at the stock market.",
        "The company reported a higher profit.",
        "He pays back the loan every month.",
        "Inflation slowed in spring.",
        "She opened a savings account.",
    ),
    "health": (
        "The doctor checked her blood pressure.",
        "Drink water and rest when you have a fever.",
        "The nurse changed the bandage.",
        "Regular walks are good for the heart.",
        "He takes the medicine twice a day.",
        "The vaccine protects against flu.",
    ),
    "travel": (
        "Our flight leaves from gate nine.",
        "They booked a cabin by the lake.",
        "The train to the coast takes two hours.",
        "Pack your passport and a map.",
        "The hotel lies near the old harbor.",
        "We hiked to the top of the mountain.",
    ),
}
_ASK_MOOD = (
    "Classify the sentiment as positive, negative or neutral.",
    "Is this review positive, negative or neutral?",
    "What is the sentiment of the text?",
    "Label the mood of the sentence: positive, negative or neutral.",
    "Decide whether the writer sounds positive, negative or neutral.",
    "Give the sentiment label for this text.",
    "Judge the tone of the review.",
    "Tag this sentence with its sentiment.",
)
_ASK_TOPIC = (
    "Classify the topic: sports, food, finance, health or travel.",
    "Which topic does the sentence belong to?",
    "Assign a category: sports, food, finance, health or travel.",
    "Label the topic of the text.",
    "What is this sentence about: sports, food, finance, health or travel?",
    "Sort this sentence into a topic.",
    "Choose the best category for the text.",
    "Tag this sentence with its topic.",
)
_WRAP = ("{x}", "Today: {x}", "Note: {x}", "{x} Really.", "He said: {x}", "As I wrote: {x}")


def classification(rng: random.Random) -> Sample:
    """Sentiment of a review, or topic of a sentence."""
    if rng.random() < 0.5:
        label = rng.choice(list(_MOODS))
        text = say(
            rng, _MOODS[label], s=rng.choice(_SUBJECTS), d=rng.choice(_DAYS), n=rng.randint(2, 12)
        )
        return Sample(rng.choice(_ASK_MOOD), text, label)
    label = rng.choice(list(_TOPICS))
    return Sample(rng.choice(_ASK_TOPIC), say(rng, _WRAP, x=rng.choice(_TOPICS[label])), label)
