"""What a reader sees of a conversation beside question and answer."""

from __future__ import annotations

from paser_core.records.conversations import of_messages
from paser_core.runs.transcript import transcript

ASKED = {"role": "user", "content": "What is it?"}
ANSWER = {"role": "assistant", "content": "It is 42."}
CALL = {"function": {"name": "look_up", "arguments": "{}"}}


def shown(*messages, **more):
    return transcript(of_messages(list(messages), **more).conversation)


def test_one_question_and_one_answer_need_no_transcript():
    assert shown(ASKED, ANSWER) == ()
    assert transcript(None) == ()


def test_every_message_is_there_with_what_stands_beside_its_text():
    lines = shown(
        {"role": "system", "content": "Rhyme."},
        ASKED,
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "42", "tool_call_id": "1"},
        ANSWER | {"reasoning_content": "Hm."},
        tools=[{"name": "look_up"}],
    )
    speakers = [speaker for speaker, _ in lines]
    assert speakers == [
        "Tools",
        "System",
        "User (the question)",
        "Assistant",
        "Tool",
        "Assistant (the response that is measured)",
    ]
    assert lines[0][1] == '[{"name": "look_up"}]'
    assert "look_up" in lines[3][1]
    assert lines[4][1] == "42\ntool_call_id: 1"
    assert lines[5][1] == "It is 42.\nreasoning_content: Hm."


def test_reasoning_alone_is_worth_a_transcript():
    assert len(shown(ASKED, ANSWER | {"reasoning_content": "Hm."})) == 2
